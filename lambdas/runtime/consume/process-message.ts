import type { SQSRecord } from 'aws-lambda';
import type { EventContract } from '../../../contracts/core/contract';
import type { Adapter, Delivery, Handler, Outcome, SubscriptionSettings } from '../delivery';
import { DeferredError, describe, type ParkReason, PermanentError } from '../errors';
import { contractOf, type Event, parseEnvelope, validateEvent } from '../events/envelope';
import type { ConsumerRuntime } from '../runtime';
import { recordRef } from '../work/commit';
import { runUnitOfWork, type WorkOutcome } from '../work/run-unit-of-work';
import type { UnitOfWork } from '../work/unit-of-work';
import { chain } from './chain';
import { logEnding, type Progress } from './log-outcome';

/** What a subscription's function does with its events. */
export interface Processing<Contract extends EventContract> {
  readonly contracts: readonly Contract[];
  readonly handle: Handler<Contract, UnitOfWork>;
  readonly adapters: readonly Adapter[];
}

/** SQS delays a message by up to 15 minutes. */
const MAX_DELAY_SECONDS = 15 * 60;
const DAY_MILLISECONDS = 24 * 60 * 60 * 1_000;
/** Carries the attempts of a deferred message over to its copy, whose receives SQS counts from one again. */
const ATTEMPTS_BEFORE = 'attemptsBefore';

/** Takes one message to its outcome. Never throws: whatever goes wrong, the message stays in the queue. */
export async function processMessage<Contract extends EventContract>(
  message: SQSRecord,
  processing: Processing<Contract>,
  subscription: SubscriptionSettings,
  runtime: ConsumerRuntime,
): Promise<Outcome> {
  const started = runtime.now().getTime();
  const progress: Progress = { message, attempt: attemptOf(message), consumer: subscription.consumer, notes: {} };
  let outcome: Outcome;
  let failure: unknown;
  try {
    progress.event = parseEnvelope(message.body);
    outcome =
      (await process(progress, progress.event, processing, subscription, runtime)) === 'committed'
        ? 'processed'
        : 'duplicate';
  } catch (error) {
    failure = error;
    try {
      outcome = await dispose(message, progress.event, error, subscription, runtime);
    } catch (second) {
      failure = second;
      outcome = 'retried';
    }
  }
  logEnding(progress, { outcome, milliseconds: runtime.now().getTime() - started, failure }, runtime);
  return outcome;
}

/** How often the message was tried, this time included; having been deferred does not count. */
export function attemptOf({ attributes, messageAttributes }: SQSRecord): number {
  const before = Number(messageAttributes[ATTEMPTS_BEFORE]?.stringValue ?? 0);
  return Number(attributes.ApproximateReceiveCount) + (Number.isSafeInteger(before) ? before : 0);
}

async function process<Contract extends EventContract>(
  progress: Progress,
  event: Event,
  { contracts, handle, adapters }: Processing<Contract>,
  subscription: SubscriptionSettings,
  runtime: ConsumerRuntime,
): Promise<WorkOutcome> {
  const { message, notes } = progress;
  const contract = contractOf(event, contracts);
  progress.contract = contract;
  const understood = validateEvent(event, contract);
  refuseExpired(event, subscription, runtime.now());
  const { id, correlationId, traceparent } = event.metadata;
  const work = () =>
    runUnitOfWork(subscription, { id, correlationId, traceparent }, runtime, async (unit) => {
      await handle(understood.data, unit, understood);
    });
  const delivery: Delivery = { message, contract, event: understood, subscription, runtime, notes };
  return chain(adapters)(delivery, work);
}

/** What becomes of a message that was not processed. */
async function dispose(
  message: SQSRecord,
  event: Event | undefined,
  error: unknown,
  subscription: SubscriptionSettings,
  runtime: ConsumerRuntime,
): Promise<Outcome> {
  if (error instanceof DeferredError) {
    const seconds = Math.min(MAX_DELAY_SECONDS, Math.max(0, Math.ceil(error.seconds)));
    await runtime.queue.defer(message, seconds, { [ATTEMPTS_BEFORE]: String(attemptOf(message) - 1) });
    return 'deferred';
  }
  const reason = reasonToPark(error, attemptOf(message), subscription);
  if (!reason) return 'retried';
  if (event && (await wasProcessed(event, subscription, runtime))) return 'duplicate';
  await runtime.queue.park(message, {
    reason,
    error: describe(error),
    consumer: subscription.consumer,
    eventId: event?.metadata.id ?? '',
    correlationId: event?.metadata.correlationId ?? '',
    parkedAt: runtime.now().toISOString(),
  });
  return 'parked';
}

/**
 * A copy of what was processed long ago may well look impossible now: it is a duplicate, not a dead letter.
 * If that cannot be told, it is parked: putting it back later does no harm, losing the reason would.
 */
async function wasProcessed(
  event: Event,
  { consumer }: SubscriptionSettings,
  { store }: ConsumerRuntime,
): Promise<boolean> {
  try {
    const [record] = await store.load([recordRef(consumer, event.metadata.id)]);
    return record !== undefined;
  } catch {
    return false;
  }
}

function reasonToPark(error: unknown, attempt: number, { attempts }: SubscriptionSettings): ParkReason | undefined {
  if (error instanceof PermanentError) return error.reason;
  return attempt >= attempts ? 'attempts-exhausted' : undefined;
}

/**
 * A record may be gone after the idempotency window, so a second run could not be told from a first. Nothing comes before its
 * time: a reminder may have been set long ago.
 */
function refuseExpired({ name, metadata, due }: Event, { idempotencyDays }: SubscriptionSettings, now: Date): void {
  const { id, occurredAt } = metadata;
  const since = due ?? occurredAt;
  if (now.getTime() - Date.parse(since) > idempotencyDays * DAY_MILLISECONDS) {
    throw new PermanentError(
      `${name} ${id} of ${since} is older than the idempotency window (${idempotencyDays} days).`,
      'expired',
    );
  }
}
