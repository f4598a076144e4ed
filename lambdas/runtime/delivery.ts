import type { SQSRecord } from 'aws-lambda';
import type { EventContract } from '../../contracts/core/contract';
import type { Subscription } from './declare/declaration';
import type { EventOf } from './events/envelope';
import type { ConsumerRuntime, Settings } from './runtime';
import type { Ref } from './store/store';
import type { WorkOutcome } from './work/run-unit-of-work';
import type { Worker } from './work/unit-of-work';
import type { ItemOf, Work } from './work/work';

/** The settings of a subscription at run time: its name, what it emits, and how its stack configured it. */
export interface SubscriptionSettings extends Worker, Pick<Settings, 'attempts' | 'backoff'> {}

/**
 * Processes one event: loads items, decides, and stages writes and events. Throws `PermanentError` to park the message.
 * The return value is ignored. If a subscription has several contracts, `event.name` narrows `event.data`.
 */
export type Handler<To extends EventContract, UnitOfWork = Work> = (
  data: EventOf<To>['data'],
  work: UnitOfWork,
  event: EventOf<To>,
) => unknown;

/** The handler of a declared subscription: `HandlerOf<typeof collectPayment>`. */
export type HandlerOf<Declared extends Subscription> =
  Declared extends Subscription<infer To, infer Emits, infer Uses> ? Handler<To, Work<Emits, Uses>> : never;

/** One message on its way through the adapters to the handler. */
export interface Delivery<Contract extends EventContract = EventContract> {
  /** The message as SQS delivered it. */
  readonly message: SQSRecord;
  /** The event's contract. */
  readonly contract: Contract;
  /** The event, valid for the contract and upcast to its version. */
  readonly event: EventOf<Contract>;
  /** The subscription that processes it. */
  readonly subscription: SubscriptionSettings;
  /** Store, clock, log and queue. */
  readonly runtime: ConsumerRuntime;
  /**
   * Loads an item that an adapter decides on; undefined if it does not exist. When the handler loads the same item, it is not read again.
   * If the item has changed when the handler's put is committed, the handler decides again on a new read.
   */
  load<One extends Ref>(ref: One): Promise<ItemOf<One> | undefined>;
  /** Fields that adapters add to this message's log line. */
  readonly notes: Record<string, unknown>;
}

/**
 * A wrapper that any subscription can put around its handler. It reads the delivery and calls `next` once, which resolves when the
 * work is committed. Or it throws: `PermanentError` parks the message, `DeferredError` defers it, any other error retries it.
 *
 * @example
 * const timed: Adapter = async ({ notes, runtime }, next) => {
 *   const started = runtime.now().getTime();
 *   const outcome = await next();
 *   notes.handlerMilliseconds = runtime.now().getTime() - started;
 *   return outcome;
 * };
 */
export interface Adapter {
  (delivery: Delivery, next: () => Promise<WorkOutcome>): Promise<WorkOutcome>;
  /** Declarations that the subscription needs. `consume` checks them when the function is loaded. @default none */
  readonly requires?: Requirements;
  /**
   * Starts what the adapter will read, before the adapters around it run: reads of the same moment share one request. Must not throw.
   * @default the adapter reads when it runs
   */
  readonly prepare?: (delivery: Delivery) => void;
}

/** Declarations that an adapter relies on. */
export interface Requirements {
  /** Names in the subscription's `dependencies`. */
  readonly dependencies: readonly string[];
  /** Contracts in the subscription's `emits`. */
  readonly emits: readonly EventContract[];
}

/** The outcome of one message. All but `retried` are acknowledged. */
export type Outcome = 'processed' | 'duplicate' | 'parked' | 'deferred' | 'retried';
