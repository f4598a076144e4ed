import type { Deployment } from '../deployed/discover';
import type { Described } from './api';

/** An event of a flow, as an extension sees it. Personal and secret values are replaced. */
export interface FlowEvent {
  /** `owner.Name` */
  readonly contract: string;
  readonly data: unknown;
}

/** A button on the page Load that causes traffic, once or at a steady rate. */
export interface TrafficAction extends Described {
  /** Causes the traffic, and resolves when all of it was accepted. */
  run(deployment: Deployment): Promise<void>;
}

/** A switch on the page Faults. Only shown on a local cloud. */
export interface FaultSwitch extends Described {
  isOn(deployment: Deployment): Promise<boolean>;
  apply(deployment: Deployment, on: boolean): Promise<void>;
}

/** The additions of the project's extension to the console. */
export interface ConsoleExtension {
  readonly traffic?: readonly TrafficAction[];
  readonly faults?: readonly FaultSwitch[];
  /** Names a flow and its state in the words of the business. @default the name of its first event */
  readonly describeFlow?: (events: readonly FlowEvent[]) => { readonly title: string; readonly status?: string };
}
