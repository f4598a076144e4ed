import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { EventContract } from '../../contracts/contract';
import { awsRuntime, subscriptionSettings } from './aws';
import { recordRef } from './commit';
import { type Event, type EventOf, parseEnvelope, understand } from './envelope';
import { describe, PermanentError } from './errors';
import { type Backoff, fullJitter } from './retry';
import type { Runtime } from './runtime';
import type { Work } from './unit-of-work';
import { doWork, type Worker } from './work';

/** A subscription's settings, from its stack. */
export interface Subscription extends Worker {
  /** How often a message is tried before it is parked. */
  readonly attempts: number;
  /** Between attempts, in seconds. */
  readonly backoff: Backoff;
}

/** Decides what one event means for this service: loads, decides, stages. Throws {@link PermanentError} to park it. */
export type Handler<Contract extends EventContract> = (
  data: EventOf<Contract>['data'],
  work: Work,
  event: EventOf<Contract>,
) => Promise<void> | void;

/** A Lambda handler for a subscription's queue, which tests may run in a world of their own. */
export interface Consumer {
  (batch: SQSEvent): Promise<SQSBatchResponse>;
  run(batch: SQSEvent, subscription: Subscription, runtime: Runtime): Promise<SQSBatchResponse>;
}

/** What became of one message. */
export type Outcome = 'processed' | 'duplicate' | 'parked' | 'retried';

/** SQS takes visibility time-outs of up to 12 hours, in whole seconds. */
const MAX_VISIBILITY_SECONDS = 12 * 60 * 60;
const DAY_MILLISECONDS = 24 * 60 * 60 * 1_000;

/**
 * The function behind a subscription: `export const handler = consume(OrderCreated, async (order, work) => …)`.
 *
 * Each message of a batch stands for itself. It is acknowledged once its work is committed or was committed before, parked
 * on the dead-letter queue when it can never be processed or was tried often enough, and else returned to the queue with
 * exponential back-off.
 */
export function consume<Contract extends EventContract>(
  contracts: Contract | readonly Contract[],
  handle: Handler<Contract>,
): Consumer {
  const known = Array.isArray(contracts) ? (contracts as readonly Contract[]) : [contracts as Contract];

  const run: Consumer['run'] = async ({ Records: messages }, subscription, runtime) => {
    const results = await Promise.all(
      messages.map(async (message) => ({
        message,
        outcome: await settle(message, known, handle, subscription, runtime),
      })),
    );
    const retried = results.filter(({ outcome }) => outcome === 'retried').map(({ message }) => message);
    await delayRetries(retried, subscription, runtime);
    return { batchItemFailures: retried.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
  return Object.assign((batch: SQSEvent) => run(batch, subscriptionSettings(), awsRuntime()), { run });
}

/** Processes one message to its outcome. Never throws: whatever goes wrong, the message stays in the queue. */
async function settle<Contract extends EventContract>(
  message: SQSRecord,
  contracts: readonly Contract[],
  handle: Handler<Contract>,
  subscription: Subscription,
  runtime: Runtime,
): Promise<Outcome> {
  const started = runtime.now().getTime();
  const attempt = Number(message.attributes.ApproximateReceiveCount);
  const say = (outcome: Outcome, event: Event | undefined, error?: unknown) => {
    const { id: eventId, correlationId, traceparent } = event?.metadata ?? {};
    const milliseconds = runtime.now().getTime() - started;
    const { messageId } = message;
    const cause = error === undefined ? {} : { error: describe(error), stack: (error as Error)?.stack };
    const fields = {
      event: event?.name,
      eventId,
      correlationId,
      traceparent,
      messageId,
      attempt,
      milliseconds,
      ...cause,
    };
    runtime.log[outcome === 'parked' ? 'error' : outcome === 'retried' ? 'warn' : 'info'](outcome, fields);
    return outcome;
  };

  let event: Event | undefined;
  try {
    event = parseEnvelope(message.body);
    const understood = understand(event, contracts);
    refuseExpired(understood, subscription, runtime.now());
    const { id, correlationId, traceparent } = event.metadata;
    const outcome = await doWork(subscription, { id, correlationId, traceparent }, runtime, async (work) => {
      await handle(understood.data, work, understood);
    });
    return say(outcome === 'committed' ? 'processed' : 'duplicate', event);
  } catch (error) {
    try {
      const reason = reasonToPark(error, attempt, subscription);
      if (!reason) return say('retried', event, error);
      // A copy of what was processed long ago may well look impossible now: it is a duplicate, not a dead letter.
      if (event && (await wasProcessed(event, subscription, runtime))) return say('duplicate', event);
      await runtime.queue.park(message, {
        reason,
        error: describe(error),
        consumer: subscription.consumer,
        eventId: event?.metadata.id ?? '',
        correlationId: event?.metadata.correlationId ?? '',
        parkedAt: runtime.now().toISOString(),
      });
      return say('parked', event, error);
    } catch (second) {
      return say('retried', event, second);
    }
  }
}

function reasonToPark(error: unknown, attempt: number, { attempts }: Subscription) {
  if (error instanceof PermanentError) return error.reason;
  return attempt >= attempts ? 'attempts-exhausted' : undefined;
}

/** A record may be gone after the idempotency window, so a second run could not be told from a first. */
function refuseExpired(event: Event, { idempotencyDays }: Subscription, now: Date): void {
  const { id, occurredAt } = event.metadata;
  if (now.getTime() - Date.parse(occurredAt) > idempotencyDays * DAY_MILLISECONDS) {
    throw new PermanentError(
      `${event.name} ${id} of ${occurredAt} is older than the idempotency window (${idempotencyDays} days).`,
      'expired',
    );
  }
}

async function wasProcessed(event: Event, { consumer }: Subscription, { store }: Runtime): Promise<boolean> {
  const [record] = await store.load([recordRef(consumer, event.metadata.id)]);
  return record !== undefined;
}

/** Back-off is a courtesy: if it fails, the messages come back when their visibility time-out ends. */
async function delayRetries(
  messages: readonly SQSRecord[],
  { backoff }: Subscription,
  runtime: Runtime,
): Promise<void> {
  if (messages.length === 0) return;
  const delays = messages.map((message) => {
    const attempt = Number(message.attributes.ApproximateReceiveCount);
    const seconds = Math.ceil(fullJitter(attempt, backoff, runtime.random));
    return { message, seconds: Math.min(seconds, MAX_VISIBILITY_SECONDS) };
  });
  try {
    await runtime.queue.delay(delays);
  } catch (error) {
    runtime.log.warn('back-off failed', { error: describe(error), messages: messages.length });
  }
}
