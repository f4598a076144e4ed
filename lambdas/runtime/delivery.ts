import type { SQSRecord } from 'aws-lambda';
import type { EventContract } from '../../contracts/core/contract';
import type { EventOf } from './events/envelope';
import type { Backoff } from './retry';
import type { Runtime } from './runtime';
import type { Worker, WorkOutcome } from './work/run-unit-of-work';
import type { Work } from './work/unit-of-work';

/** A subscription's settings, from its stack. */
export interface Subscription extends Worker {
  /** How often a message is tried before it is parked. */
  readonly attempts: number;
  /** Between attempts, in seconds. */
  readonly backoff: Backoff;
}

/** Decides what one event means for this service: loads, decides, stages. Throws `PermanentError` to park it. What it returns is of no interest. */
export type Handler<Contract extends EventContract> = (
  data: EventOf<Contract>['data'],
  work: Work,
  event: EventOf<Contract>,
) => unknown;

/** One message on its way through the adapters to the handler. */
export interface Delivery<Contract extends EventContract = EventContract> {
  readonly message: SQSRecord;
  readonly contract: Contract;
  readonly event: EventOf<Contract>;
  readonly subscription: Subscription;
  readonly runtime: Runtime;
  /** What is added to the line that this message has in the log. */
  readonly notes: Record<string, unknown>;
}

/**
 * Something that any subscription can add around its handler: it may look at the delivery, throw (`PermanentError` parks,
 * `DeferredError` defers, anything else retries), or go on with `next`, which ends when the work is committed.
 */
export type Adapter = (delivery: Delivery, next: () => Promise<WorkOutcome>) => Promise<WorkOutcome>;

/** What became of one message. All but `retried` are acknowledged. */
export type Outcome = 'processed' | 'duplicate' | 'parked' | 'deferred' | 'retried';
