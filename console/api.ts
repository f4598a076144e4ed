/** What the console's server answers, as JSON. The app in the browser imports these types only. */
import type { FlowRequest } from '../observe/flow';

/** `settled`: every subscriber has processed every event. `stuck`: an event is dead, or waits for too long. */
export type FlowState = 'running' | 'stuck' | 'settled';

export type ReceiptState = 'processed' | 'scheduled' | 'pending' | 'retrying' | 'deferred' | 'dead';

/** A function of a service, as deployed. */
export interface ConsoleFunction {
  readonly kind: 'subscription' | 'endpoint' | 'schedule' | 'relay';
  /** `inventory.reserve-stock` */
  readonly name: string;
  /** The handler's file, relative to the project. */
  readonly file: string;
  /** Contracts, as `owner.Name`. */
  readonly to: readonly string[];
  readonly emits: readonly string[];
  readonly uses: readonly string[];
  readonly dependencies: readonly string[];
  readonly route?: string;
}

export interface ConsoleService {
  readonly service: string;
  readonly url?: string;
  readonly functions: readonly ConsoleFunction[];
}

/** What does not change while the console runs. */
export interface SystemInfo {
  readonly stage: string;
  readonly isLocal: boolean;
  /** Where the system runs, for people. */
  readonly place: string;
  readonly bus: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly services: readonly ConsoleService[];
  readonly traffic: readonly { readonly id: string; readonly label: string; readonly description: string }[];
  readonly faults: readonly { readonly id: string; readonly label: string; readonly description: string }[];
}

/** A consumer's queue now. */
export interface LiveQueue {
  readonly name: string;
  readonly waiting: number;
  readonly inFlight: number;
  readonly delayed: number;
  readonly dead: number;
  /** Seconds for which the oldest event without a receipt has waited; undefined when none waits. */
  readonly oldestSeconds?: number;
  /** Events processed in a second, over the last ten seconds. */
  readonly rate: number;
  /** Whether its event source mapping is enabled; undefined for a dead-letter queue without a consumer. */
  readonly isEnabled?: boolean;
}

/** One second of the load, for the charts. */
export interface LoadPoint {
  /** Seconds since 1970. */
  readonly at: number;
  /** Events that were published. */
  readonly arrived: number;
  /** Events that a subscriber has processed. */
  readonly processed: number;
  /** Messages in queues, and those of them that are being processed. Undefined when the queues were not read in this second. */
  readonly depth?: number;
  readonly inFlight?: number;
}

/** A moment of the whole system, sent to the browser every other second. */
export interface Snapshot {
  readonly at: string;
  readonly queues: readonly LiveQueue[];
  /** `payments: payment-provider` for each open circuit. */
  readonly openCircuits: readonly { readonly service: string; readonly dependency: string }[];
  readonly flows: Readonly<Record<FlowState, number>>;
  readonly load: readonly LoadPoint[];
  /** Why the system could not be read; undefined when it could. */
  readonly problem?: string;
  /** The last change of the running system by `npm start -- --watch`. */
  readonly reload?: Reload;
}

export interface Reload {
  readonly at: string;
  /** Functions (`inventory.reserve-stock`) and stacks (`stack inventory`). */
  readonly what: readonly string[];
}

export interface FlowSummary {
  readonly correlationId: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly state: FlowState;
  readonly title: string;
  readonly status?: string;
  readonly events: number;
  readonly stuckAt: readonly string[];
}

export interface Receipt {
  readonly subscriber: string;
  readonly state: ReceiptState;
  readonly at?: string;
  readonly reason?: string;
  readonly error?: string;
}

export interface FlowStep {
  readonly id: string;
  readonly contract: string;
  readonly version: number;
  readonly channel: string;
  readonly occurredAt: string;
  readonly due?: string;
  readonly causationId: string;
  readonly emitter: string;
  readonly data: unknown;
  readonly receipts: readonly Receipt[];
}

export interface FlowDetail extends FlowSummary {
  readonly steps: readonly FlowStep[];
  /** The requests that caused events of the flow. Unknown without a journal. */
  readonly requests?: readonly FlowRequest[];
}

/** A line of a function's log. */
export interface LogEntry {
  readonly at: string;
  readonly function: string;
  readonly level: string;
  readonly message: string;
  readonly error?: string;
}

export interface FlowList {
  readonly total: number;
  readonly flows: readonly FlowSummary[];
}

/** A dead letter, with its body as far as it may be shown. */
export interface ShownDeadLetter {
  readonly queue: string;
  readonly reason: string;
  readonly error?: string;
  readonly contract?: string;
  readonly version?: number;
  readonly eventId?: string;
  readonly correlationId?: string;
  readonly since: string;
  readonly messageId: string;
  readonly body: string;
}
