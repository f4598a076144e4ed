import type { SQSRecord } from 'aws-lambda';
import type { EventContract } from '../../../contracts/core/contract';
import type { Adapter, Delivery, Handler, Outcome, SubscriptionSettings } from '../delivery';
import { errorText, PermanentError } from '../errors';
import { contractOf, type Event, parseEnvelope, validateEvent } from '../events/envelope';
import type { ConsumerRuntime } from '../runtime';
import type { Ref } from '../store/store';
import { recordRef } from '../work/commit';
import { EarlyLoads } from '../work/early-loads';
import { findReceipt } from '../work/receipts';
import { runUnitOfWork, type WorkOutcome } from '../work/run-unit-of-work';
import type { UnitOfWork } from '../work/unit-of-work';
import type { ItemOf } from '../work/work';
import type { Inbox } from './inbox';
import { logEnding, type MessageProgress } from './log-outcome';
import { type Recovery, recover, retrySeconds } from './recover';

/** The code of a subscription. */
export interface Processing<Contract extends EventContract> {
  readonly contracts: readonly Contract[];
  readonly handle: Handler<Contract, UnitOfWork>;
  /** All of its adapters, as `chain` combines them. @default none */
  readonly adapter?: Adapter;
  /** Returns the item that keeps the receipt of an event. @default each event has a record */
  readonly inbox?: Inbox;
}

const DAY_MILLISECONDS = 24 * 60 * 60 * 1_000;
/** Message attribute of a deferred copy: the attempts so far. SQS counts the receives of the copy from 1. */
const ATTEMPTS_BEFORE = 'attemptsBefore';

/** The end of a message. */
interface End {
  readonly outcome: Outcome;
  /** Delay before the next attempt, in seconds, if the outcome is `retried`. */
  readonly retrySeconds?: number;
}

/** The result of processing a message. */
export interface Processed extends End {
  readonly message: SQSRecord;
  /** The trace of its event. */
  readonly traceparent?: string;
}

/** Processes one message, and recovers from any failure. Never throws: if parking or deferring fails, the message is retried. */
export async function processMessage<Contract extends EventContract>(
  message: SQSRecord,
  processing: Processing<Contract>,
  subscription: SubscriptionSettings,
  runtime: ConsumerRuntime,
): Promise<Processed> {
  const started = runtime.now().getTime();
  const progress: MessageProgress = {
    message,
    attempt: attemptOf(message),
    consumer: subscription.consumer,
    notes: {},
  };
  let end: End;
  let failure: unknown;
  try {
    progress.event = parseEnvelope(message.body);
    const outcome = await handle(progress, progress.event, processing, subscription, runtime);
    end = { outcome: outcome === 'committed' ? 'processed' : 'duplicate' };
  } catch (error) {
    failure = error;
    const { consumer, attempts, backoff } = subscription;
    const policy = { attempts, backoff, random: runtime.random };
    try {
      end = await execute(
        recover(error, progress.attempt, policy),
        error,
        progress,
        { consumer, inbox: processing.inbox },
        runtime,
      );
    } catch (second) {
      failure = second;
      end = { outcome: 'retried', retrySeconds: retrySeconds(progress.attempt, policy) };
    }
  }
  logEnding(progress, { outcome: end.outcome, milliseconds: runtime.now().getTime() - started, failure }, runtime);
  const traceparent = progress.event?.metadata.traceparent;
  return { outcome: end.outcome, retrySeconds: end.retrySeconds, message, traceparent };
}

/** The number of this attempt, from 1. Deferrals do not count. */
function attemptOf({ attributes, messageAttributes }: SQSRecord): number {
  const before = Number(messageAttributes[ATTEMPTS_BEFORE]?.stringValue ?? 0);
  return Number(attributes.ApproximateReceiveCount) + (Number.isSafeInteger(before) ? before : 0);
}

function handle<Contract extends EventContract>(
  progress: MessageProgress,
  event: Event,
  processing: Processing<Contract>,
  subscription: SubscriptionSettings,
  runtime: ConsumerRuntime,
): Promise<WorkOutcome> {
  const { message, notes } = progress;
  const contract = contractOf(event, processing.contracts);
  progress.contract = contract;
  const valid = validateEvent(event, contract);
  refuseExpired(event, subscription, runtime.now());
  const { id, correlationId, traceparent } = event.metadata;
  const early = new EarlyLoads(runtime.store);
  const work = () =>
    runUnitOfWork(
      subscription,
      { id, correlationId, traceparent },
      runtime,
      async (unit) => {
        await processing.handle(valid.data, unit, valid);
      },
      { inbox: processing.inbox?.(valid.data), early },
    );
  if (processing.adapter === undefined) return work();
  const load: Delivery['load'] = async <One extends Ref>(ref: One) =>
    (await early.load(ref))?.item as ItemOf<One> | undefined;
  const delivery: Delivery = { message, contract, event: valid, subscription, runtime, notes, load };
  return processing.adapter(delivery, work);
}

/** Executes the recovery from a failure. This is the only place that parks and defers messages. */
async function execute(
  recovery: Recovery,
  error: unknown,
  { message, event, attempt }: MessageProgress,
  { consumer, inbox }: Pick<SubscriptionSettings, 'consumer'> & Pick<Processing<EventContract>, 'inbox'>,
  runtime: ConsumerRuntime,
): Promise<End> {
  switch (recovery.action) {
    case 'retry':
      return { outcome: 'retried', retrySeconds: recovery.seconds };
    case 'defer':
      await runtime.queue.defer(message, recovery.seconds, { [ATTEMPTS_BEFORE]: String(attempt - 1) });
      return { outcome: 'deferred' };
    case 'park':
      if (event && (await wasProcessed(event, consumer, inbox, runtime))) return { outcome: 'duplicate' };
      await runtime.queue.park(message, {
        reason: recovery.reason,
        error: errorText(error),
        consumer,
        eventId: event?.metadata.id ?? '',
        correlationId: event?.metadata.correlationId ?? '',
        parkedAt: runtime.now().toISOString(),
      });
      return { outcome: 'parked' };
  }
}

/**
 * Whether this event has a record or a receipt. A late copy of a processed message can fail now, for example because it has expired. It is a
 * duplicate, not a dead letter. If they cannot be read, the message is parked, because a later redrive is harmless.
 */
async function wasProcessed(
  { metadata: { id }, data }: Event,
  consumer: string,
  inbox: Inbox | undefined,
  { store }: ConsumerRuntime,
): Promise<boolean> {
  try {
    const [record, kept] = await store.load([recordRef(consumer, id), ...(inbox ? [inbox(data)] : [])]);
    return record !== undefined || findReceipt(kept?.receipts, id) !== undefined;
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
