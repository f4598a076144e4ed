import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { EventContract } from '../../../contracts/core/contract';
import { consumerRuntime } from '../aws/consumer-runtime';
import { consumerOf, type Subscription } from '../declare/declaration';
import type { Table } from '../declare/table';
import type { Adapter, Handler } from '../delivery';
import { errorText } from '../errors';
import { countOutcomes } from '../metrics';
import { type LambdaHandler, onLambda } from '../on-lambda';
import type { ConsumerRuntime } from '../runtime';
import { batchSpan } from '../spans';
import { groupCommit } from '../work/group-commit';
import type { CommittingRuntime } from '../work/run-unit-of-work';
import { sleepTogether } from '../work/sleep-together';
import type { Work } from '../work/work';
import { chain, checkRequirements } from './chain';
import { inboxOf } from './inbox';
import { type Processed, processMessage } from './process-message';

/** The Lambda handler of a subscription. */
export interface Consumer extends LambdaHandler<SQSEvent, SQSBatchResponse, ConsumerRuntime> {
  /** The declaration that it was made from. */
  readonly subscription: Subscription;
}

/**
 * Makes the function behind a subscription.
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
 * @param handle the handler: loads, decides, and stages writes and events
 * @param adapters wrappers around the handler, outermost first. Default: none
 * @throws Error when the subscription does not declare what an adapter requires
 */
export function consume<To extends EventContract, Emits extends EventContract, Uses extends Table>(
  subscription: Subscription<To, Emits, Uses>,
  handle: Handler<To, Work<Emits, Uses>>,
  adapters: readonly Adapter[] = [],
): Consumer {
  checkRequirements(subscription, adapters);
  const emits = new Set(subscription.emits.map(({ name }) => name));
  const consumer = consumerOf(subscription);
  const adapter = adapters.length > 0 ? chain(adapters) : undefined;
  const processing = { contracts: subscription.to, handle, adapter, inbox: inboxOf(subscription) };

  const run: Consumer['run'] = async ({ Records: messages }, runtime) => {
    const { idempotencyDays, attempts, backoff } = runtime.settings;
    const settings = { consumer, emits, kind: 'consumer', idempotencyDays, attempts, backoff } as const;
    const start = runtime.now().getTime();
    const { store, spans, soon = setImmediate } = runtime;
    // The messages, and their adapters, commit by `runUnitOfWork`, which uses it.
    const grouping: ConsumerRuntime & CommittingRuntime =
      messages.length > 1
        ? { ...runtime, commit: groupCommit(store, soon), sleep: sleepTogether(runtime.sleep, soon) }
        : runtime;
    const results = await Promise.all(
      messages.map((message) => processMessage(message, processing, settings, grouping)),
    );
    if (spans) {
      const traceparents = results.map(({ traceparent }) => traceparent);
      const joined = batchSpan(consumer, traceparents, { start, end: runtime.now().getTime() });
      if (joined) spans.add(joined);
    }
    const retried = results.filter(({ outcome }) => outcome === 'retried');
    if (retried.length > 0) await delayRetries(retried, runtime);
    countOutcomes(results, consumer, runtime);
    return { batchItemFailures: retried.map(({ message }) => ({ itemIdentifier: message.messageId })) };
  };
  return Object.assign(onLambda(run, consumerRuntime), { subscription });
}

/** If setting the backoff fails, the messages become visible again when their visibility timeout ends. */
async function delayRetries(retried: readonly Processed[], { queue, log }: ConsumerRuntime): Promise<void> {
  try {
    await queue.delay(retried.map(({ message, retrySeconds = 0 }) => ({ message, seconds: retrySeconds })));
  } catch (error) {
    log.warn('backoff not set', { error: errorText(error), messages: retried.length });
  }
}
