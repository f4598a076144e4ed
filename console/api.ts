/** The responses of the console's server, as JSON. The app in the browser imports only these types. */
import type { FlowRequest, FlowState, Receipt } from '../observe/flow';
import type { MapFunction, MapService } from '../observe/map-service';

export type { OutgoingCall } from '../lambdas/runtime/work/outgoing-call';
export type { FlowRequest, FlowState, Receipt, ReceiptState } from '../observe/flow';

/** A function of a service, as deployed. */
export type ConsoleFunction = MapFunction;
export type ConsoleService = MapService;

/** A button or a switch of the extension. */
export interface Described {
  readonly id: string;
  readonly label: string;
  readonly description: string;
}

/** The information that does not change while the console runs. */
export interface SystemInfo {
  readonly stage: string;
  readonly isLocal: boolean;
  /** The system's location, for people. */
  readonly place: string;
  readonly region: string;
  /** The ARN of the operator. */
  readonly identity: string;
  readonly bus: string;
  readonly hasJournal: boolean;
  readonly versions: Readonly<Record<string, string>>;
  /** Contract → what carries it. */
  readonly channels: Readonly<Record<string, 'bus' | 'topic' | 'reminder'>>;
  readonly services: readonly ConsoleService[];
  /** The services that reconcile books. */
  readonly reconcilers: readonly string[];
  readonly traffic: readonly Described[];
}

/** A fault and whether it is on. */
export interface Fault extends Described {
  readonly isOn: boolean;
}

/** Traffic that is repeated until it is stopped. */
export interface SteadyTraffic {
  readonly id: string;
  readonly perSecond: number;
  /** How often it was accepted, and refused. */
  readonly accepted: number;
  readonly refused: number;
}

/** A redrive or deletion under way. */
export interface Job {
  readonly what: string;
  readonly count: number;
  readonly total: number;
}

/** The current state of a consumer's queue. */
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

/** The current state of the whole system, sent to the browser every two seconds. */
export interface Snapshot {
  readonly at: string;
  readonly queues: readonly LiveQueue[];
  /** `payments: payment-provider` for each open circuit. */
  readonly openCircuits: readonly { readonly service: string; readonly dependency: string }[];
  readonly flows: Readonly<Record<FlowState, number>>;
  readonly load: readonly LoadPoint[];
  readonly steady?: SteadyTraffic;
  readonly job?: Job;
  /** The reason why the system could not be read. Undefined if it was read. */
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

export interface FlowStep {
  readonly id: string;
  readonly contract: string;
  readonly version: number;
  readonly channel: string;
  readonly occurredAt: string;
  readonly due?: string;
  readonly causationId: string;
  readonly emitter: string;
  /** Of an edited copy: the id of the original. */
  readonly editedFrom?: string;
  readonly data: unknown;
  readonly receipts: readonly Receipt[];
}

export interface FlowDetail extends FlowSummary {
  /** All correlation ids: a webhook that continues a flow can have its own. */
  readonly correlationIds: readonly string[];
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

/** The comparison of a day. */
export interface ReconciledDay {
  readonly runId: string;
  readonly date: string;
  readonly dryRun: boolean;
  /** `stuck`: it began a day ago, and is still running. */
  readonly status: 'running' | 'completed' | 'stuck';
  readonly pass: number;
  readonly entries: number;
  /** By kind. */
  readonly counts: Readonly<Record<string, number>>;
  readonly repairs: number;
  readonly resolved: number;
}

/** A discrepancy, with the entries of all books side by side. */
export interface ShownDiscrepancy {
  readonly id: string;
  readonly date: string;
  readonly kind: string;
  readonly key: string;
  readonly detail: string;
  readonly status: 'open' | 'repairing' | 'acknowledged' | 'resolved' | 'dry-run';
  readonly foundAt: string;
  readonly books: readonly string[];
  readonly rows: readonly {
    readonly attribute: string;
    readonly differs: boolean;
    /** Book → a text for each of its entries. */
    readonly values: Readonly<Record<string, readonly string[]>>;
  }[];
  readonly repair?: { readonly name: string; readonly at: string; readonly eventIds: readonly string[] };
  readonly acknowledged?: { readonly by: string; readonly reason: string; readonly at: string };
  readonly resolvedAt?: string;
}

export interface ReconciliationView {
  readonly service: string;
  readonly days: readonly ReconciledDay[];
  /** The number of discrepancies, of which only some may be listed. */
  readonly total: number;
  readonly discrepancies: readonly ShownDiscrepancy[];
}

/** A dead letter, with the parts of its body that can be shown. */
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
  /** The violations of its contract. Undefined when the body is no event. */
  readonly problems?: readonly SchemaProblem[];
  /** The data of an event that can be edited, with placeholders for hidden values. */
  readonly data?: unknown;
}

/** A field of an event that breaks its contract. */
export interface SchemaProblem {
  readonly path: string;
  readonly expected: string;
  readonly got: string;
}

/** A message that the page Send can send: an event of a contract, or a request to an endpoint. */
export interface Sendable {
  readonly kind: 'event' | 'request';
  /** `orders.OrderCreated`, or `checkout.place-order`. */
  readonly name: string;
  readonly route?: string;
  /** JSON Schema of the event's data or of the request's body. */
  readonly schema: Readonly<Record<string, unknown>>;
}

/** The result of sending a message. */
export interface Sent {
  readonly text: string;
  /** The id under which the flow is found. */
  readonly id?: string;
  /** The response to a request. */
  readonly response?: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
}

/** Items of a table. Text is hidden unless the operator asks for personal data. */
export interface ShownTable {
  readonly name: string;
  readonly keys: readonly string[];
  readonly approximateItems: number;
  readonly items: readonly Readonly<Record<string, unknown>>[];
  readonly hasMore: boolean;
}
