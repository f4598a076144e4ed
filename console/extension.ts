import type { Deployment } from '../deployed/discover';

/** An event of a flow, as an extension sees it. Personal and secret values are replaced. */
export interface FlowEvent {
  /** `owner.Name` */
  readonly contract: string;
  readonly data: unknown;
}

/** A button on the page Load that causes traffic. */
export interface TrafficAction {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  /** Causes the traffic, and resolves when all of it was accepted. */
  run(deployment: Deployment): Promise<void>;
}

/** A switch on the page Faults. Only shown on a local cloud. */
export interface FaultSwitch {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  apply(deployment: Deployment, on: boolean): Promise<void>;
}

/** What the project's extension may add to the console. */
export interface ConsoleExtension {
  readonly traffic?: readonly TrafficAction[];
  readonly faults?: readonly FaultSwitch[];
  /** Names a flow and its state in the words of the business. @default the name of its first event */
  readonly describeFlow?: (events: readonly FlowEvent[]) => { readonly title: string; readonly status?: string };
}
