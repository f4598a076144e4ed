import type { SQSRecord } from 'aws-lambda';
import type { EventContract } from '../../../contracts/core/contract';
import type { Adapter, Delivery, Handler, Outcome, SubscriptionSettings } from '../delivery';
import { describe, PermanentError } from '../errors';
import { contractOf, type Event, parseEnvelope, validateEvent } from '../events/envelope';
import type { ConsumerRuntime } from '../runtime';
import { recordRef } from '../work/commit';
import { runUnitOfWork, type WorkOutcome } from '../work/run-unit-of-work';
import type { UnitOfWork } from '../work/unit-of-work';
import { chain } from './chain';
import { logEnding, type Progress } from './log-outcome';
import { type Recovery, type RecoveryPolicy, recover } from './recover';

/** How a subscription's function processes its events. */
export interface Processing<Contract extends EventContract> {
  readonly contracts: readonly Contract[];
  readonly handle: Handler<Contract, UnitOfWork>;
  readonly adapters: readonly Adapter[];
}

const DAY_MILLISECONDS = 24 * 60 * 60 * 1_000;
/** Message attribute with the attempts of a deferred message: SQS counts the receives of its copy from one again. */
const ATTEMPTS_BEFORE = 'attemptsBefore';

/** A message that was processed. One that is retried has the delay before its next attempt. */
export interface Processed {
  readonly outcome: Outcome;
  /** In seconds, when the outcome is `retried`. */
  readonly retrySeconds?: number;
}

/** Processes one message. Never throws: after any failure the message stays in the queue. */
export async function processMessage<Contract extends EventContract>(
  message: SQSRecord,
  processing: Processing<Contract>,
  subscription: SubscriptionSettings,
  runtime: ConsumerRuntime,
): Promise<Processed> {
  const started = runtime.now().getTime();
  const progress: Progress = { message, attempt: attemptOf(message), consumer: subscription.consumer, notes: {} };
  let processed: Processed;
  let failure: unknown;
  try {
    progress.event = parseEnvelope(message.body);
    const outcome = await process(progress, progress.event, processing, subscription, runtime);
    processed = { outcome: outcome === 'committed' ? 'processed' : 'duplicate' };
  } catch (error) {
    failure = error;
    const policy = { ...subscription, random: runtime.random };
    try {
      processed = await execute(recover(error, progress.attempt, policy), error, progress, subscription, runtime);
    } catch (second) {
      // Parking or deferring failed: the message stays in its queue.
      failure = second;
      processed = { outcome: 'retried', retrySeconds: retrySeconds(progress.attempt, policy) };
    }
  }
  const { outcome } = processed;
  logEnding(progress, { outcome, milliseconds: runtime.now().getTime() - started, failure }, runtime);
  return processed;
}

/** The number of this attempt, from 1. Deferrals do not count. */
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

/** Executes a recovery. */
async function execute(
  recovery: Recovery,
  error: unknown,
  { message, event, attempt }: Progress,
  { consumer }: SubscriptionSettings,
  runtime: ConsumerRuntime,
): Promise<Processed> {
  switch (recovery.action) {
    case 'retry':
      return { outcome: 'retried', retrySeconds: recovery.seconds };
    case 'defer':
      await runtime.queue.defer(message, recovery.seconds, { [ATTEMPTS_BEFORE]: String(attempt - 1) });
      return { outcome: 'deferred' };
    case 'park':
      if (event && (await wasProcessed(event, consumer, runtime))) return { outcome: 'duplicate' };
      await runtime.queue.park(message, {
        reason: recovery.reason,
        error: describe(error),
        consumer,
        eventId: event?.metadata.id ?? '',
        correlationId: event?.metadata.correlationId ?? '',
        parkedAt: runtime.now().toISOString(),
      });
      return { outcome: 'parked' };
  }
}

/** The delay of a retry that no error asked for. */
function retrySeconds(attempt: number, policy: RecoveryPolicy): number {
  const recovery = recover(undefined, attempt, { ...policy, attempts: Number.POSITIVE_INFINITY });
  return recovery.action === 'retry' ? recovery.seconds : 0;
}

/**
 * Whether this event has a record already: a late copy of a processed message can fail now, and is a duplicate, not a dead letter.
 * If the record cannot be read, the message is parked: redriving it later does no harm.
 */
async function wasProcessed(event: Event, consumer: string, { store }: ConsumerRuntime): Promise<boolean> {
  try {
    const [record] = await store.load([recordRef(consumer, event.metadata.id)]);
    return record !== undefined;
  } catch {
    return false;
  }
}

/**
 * Parks an event older than the idempotency window: its record may have expired, so a second run would not be recognised. A
 * reminder counts from its due time, because it may have been scheduled long ago.
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
