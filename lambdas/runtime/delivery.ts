import type { SQSRecord } from 'aws-lambda';
import type { EventContract } from '../../contracts/core/contract';
import type { Subscription } from './declare/declaration';
import type { EventOf } from './events/envelope';
import type { ConsumerRuntime, Settings } from './runtime';
import type { WorkOutcome } from './work/run-unit-of-work';
import type { Worker } from './work/unit-of-work';
import type { Work } from './work/work';

/** A subscription as its function sees it: who it is, and how its stack configured it. */
export interface SubscriptionSettings extends Worker, Pick<Settings, 'attempts' | 'backoff'> {}

/**
 * Decides what one event means for this service: loads, decides, stages. Throws `PermanentError` to park the message.
 * The return value is ignored. `event.name` narrows `event.data` where a subscription has several contracts.
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
  readonly message: SQSRecord;
  readonly contract: Contract;
  readonly event: EventOf<Contract>;
  readonly subscription: SubscriptionSettings;
  readonly runtime: ConsumerRuntime;
  /** Fields that adapters add to this message's log line. */
  readonly notes: Record<string, unknown>;
}

/**
 * A wrapper that any subscription can put around its handler. It reads the delivery, throws (`PermanentError` parks,
 * `DeferredError` defers, any other error retries), or calls `next` once, which resolves when the work is committed.
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
  /** What the subscription must declare. `consume` checks it when the function is loaded. @default nothing */
  readonly requires?: Requirements;
}

/** Declarations that an adapter relies on. */
export interface Requirements {
  readonly dependencies: readonly string[];
  readonly emits: readonly EventContract[];
}

/** The outcome of one message. All but `retried` are acknowledged. */
export type Outcome = 'processed' | 'duplicate' | 'parked' | 'deferred' | 'retried';
