import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { EventContract } from '../../../contracts/core/contract';
import { awsRuntime, subscriptionSettings } from '../aws/aws-runtime';
import { embeddedMetrics } from '../aws/embedded-metrics';
import { once } from '../aws/once';
import type { Adapter, Handler, Subscription } from '../delivery';
import { describe } from '../errors';
import { countOutcomes } from '../metrics';
import { fullJitter } from '../retry';
import type { Runtime } from '../runtime';
import { attemptOf, processMessage } from './process-message';

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
        outcome: await processMessage(message, { contracts: known, handle, adapters }, subscription, runtime),
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
