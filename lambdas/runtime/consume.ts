import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { EventContract } from '../../contracts/contract';
import { countOutcomes } from './adapters/metrics';
import { awsRuntime, once, subscriptionSettings } from './aws';
import type { EventOf } from './envelope';
import { describe } from './errors';
import { embeddedMetrics } from './metrics-aws';
import { type Backoff, fullJitter } from './retry';
import type { Runtime } from './runtime';
import { attemptOf, settle } from './settle';
import type { Work } from './unit-of-work';
import type { Worker, WorkOutcome } from './work';

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

/** A Lambda handler for a subscription's queue, which tests may run in a world of their own. */
export interface Consumer {
  (batch: SQSEvent): Promise<SQSBatchResponse>;
  run(batch: SQSEvent, subscription: Subscription, runtime: Runtime): Promise<SQSBatchResponse>;
}

/** SQS takes visibility time-outs of up to 12 hours, in whole seconds. */
const MAX_VISIBILITY_SECONDS = 12 * 60 * 60;

/**
 * The function behind a subscription: `export const handler = consume(OrderCreated, async (order, work) => …)`.
 *
 * Each message of a batch stands for itself. It is acknowledged once its work is committed or was committed before, parked
 * on the dead-letter queue when it can never be processed or was tried often enough, and else returned to the queue with
 * exponential back-off.
 *
 * @param adapters what is put around the handler, the outermost first
 */
export function consume<Contract extends EventContract>(
  contracts: Contract | readonly Contract[],
  handle: Handler<Contract>,
  adapters: readonly Adapter[] = [],
): Consumer {
  const known = Array.isArray(contracts) ? (contracts as readonly Contract[]) : [contracts as Contract];

  const run: Consumer['run'] = async ({ Records: messages }, subscription, runtime) => {
    const settled = await Promise.all(
      messages.map(async (message) => ({
        message,
        outcome: await settle(message, { contracts: known, handle, adapters }, subscription, runtime),
      })),
    );
    const retried = settled.filter(({ outcome }) => outcome === 'retried').map(({ message }) => message);
    await delayRetries(retried, subscription, runtime);
    countOutcomes(
      settled.map(({ outcome }) => outcome),
      subscription.consumer,
      runtime,
    );
    return { batchItemFailures: retried.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
  return Object.assign((batch: SQSEvent) => run(batch, subscriptionSettings(), countingRuntime()), { run });
}

/** Only consumers count, so only they carry the code for it. */
const countingRuntime = once((): Runtime => ({ ...awsRuntime(), metrics: embeddedMetrics() }));

/** Back-off is a courtesy: if it fails, the messages come back when their visibility time-out ends. */
async function delayRetries(
  messages: readonly SQSRecord[],
  { backoff }: Subscription,
  runtime: Runtime,
): Promise<void> {
  if (messages.length === 0) return;
  const delays = messages.map((message) => {
    const seconds = Math.ceil(fullJitter(attemptOf(message), backoff, runtime.random));
    return { message, seconds: Math.min(seconds, MAX_VISIBILITY_SECONDS) };
  });
  try {
    await runtime.queue.delay(delays);
  } catch (error) {
    runtime.log.warn('back-off failed', { error: describe(error), messages: messages.length });
  }
}
