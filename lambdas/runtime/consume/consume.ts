import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { EventContract } from '../../../contracts/core/contract';
import { consumerRuntime } from '../aws/consumer-runtime';
import { consumerOf, type Subscription } from '../declare/declaration';
import type { Table } from '../declare/table';
import type { Adapter, Handler, SubscriptionSettings } from '../delivery';
import { describe } from '../errors';
import { countOutcomes } from '../metrics';
import { type LambdaHandler, onLambda } from '../on-lambda';
import { fullJitter } from '../retry';
import type { ConsumerRuntime } from '../runtime';
import type { Work } from '../work/work';
import { attemptOf, processMessage } from './process-message';

/** The Lambda handler of a subscription. */
export interface Consumer extends LambdaHandler<SQSEvent, SQSBatchResponse, ConsumerRuntime> {
  readonly subscription: Subscription;
}

/** SQS: at most 12 hours of visibility timeout, in whole seconds. */
const MAX_VISIBILITY_SECONDS = 12 * 60 * 60;

/**
 * The function behind a subscription.
 *
 * Each message of a batch has its own outcome. It is acknowledged when its work is committed, now or by an earlier delivery;
 * parked on the dead-letter queue when it can never be processed or has used up its attempts; otherwise returned to the queue,
 * to be retried after an exponential backoff.
 *
 * @example
 * export const handler = consume(dispatchShipment, async ({ orderId }, work) => {
 *   if (await work.load(shipments(orderId))) return;
 *   work.create(shipments(orderId), { orderId, status: 'dispatched' });
 *   work.emit(ShipmentDispatched, { orderId });
 * });
 *
 * @param subscription the declaration from the service's `service.ts`
 * @param adapters wrappers around the handler, outermost first
 */
export function consume<To extends EventContract, Emits extends EventContract, Uses extends Table>(
  subscription: Subscription<To, Emits, Uses>,
  handle: Handler<To, Work<Emits, Uses>>,
  adapters: readonly Adapter[] = [],
): Consumer {
  const worker = { consumer: consumerOf(subscription), emits: new Set(subscription.emits.map(({ name }) => name)) };
  const processing = { contracts: subscription.to, handle, adapters };

  const run: Consumer['run'] = async ({ Records: messages }, runtime) => {
    const { idempotencyDays, attempts, backoff } = runtime.settings;
    const settings = { ...worker, idempotencyDays, attempts, backoff };
    const results = await Promise.all(
      messages.map(async (message) => ({
        message,
        outcome: await processMessage(message, processing, settings, runtime),
      })),
    );
    const retried = results.filter(({ outcome }) => outcome === 'retried').map(({ message }) => message);
    await delayRetries(retried, settings, runtime);
    countOutcomes(
      results.map(({ outcome }) => outcome),
      worker.consumer,
      runtime,
    );
    return { batchItemFailures: retried.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
  return Object.assign(onLambda(run, consumerRuntime), { subscription });
}

/** If setting the backoff fails, the messages become visible again when their visibility timeout ends. */
async function delayRetries(
  messages: readonly SQSRecord[],
  { backoff }: SubscriptionSettings,
  runtime: ConsumerRuntime,
): Promise<void> {
  if (messages.length === 0) return;
  const delays = messages.map((message) => {
    const seconds = Math.ceil(fullJitter(attemptOf(message), backoff, runtime.random));
    return { message, seconds: Math.min(seconds, MAX_VISIBILITY_SECONDS) };
  });
  try {
    await runtime.queue.delay(delays);
  } catch (error) {
    runtime.log.warn('backoff not set', { error: describe(error), messages: messages.length });
  }
}
