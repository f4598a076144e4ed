import type { SQSRecord } from 'aws-lambda';
import type { EventContract } from '../../../contracts/core/contract';
import { redact } from '../../../contracts/core/sensitivity';
import type { Outcome } from '../delivery';
import { errorText } from '../errors';
import type { Event } from '../events/envelope';
import { schemaOfVersion } from '../events/versioning';
import type { Runtime } from '../runtime';

/** A message while it is processed. Its log line contains everything that is known at the end. */
export interface MessageProgress {
  readonly message: SQSRecord;
  /** From 1. */
  readonly attempt: number;
  readonly consumer: string;
  /** Undefined until the message body is parsed. */
  event?: Event;
  /** Undefined until the event's contract is found. */
  contract?: EventContract;
  /** Fields that adapters add to the log line. */
  readonly notes: Record<string, unknown>;
}

/** The end of a message's processing. */
export interface Ending {
  readonly outcome: Outcome;
  /** Duration of the processing. */
  readonly milliseconds: number;
  /** The error, if any. A message that failed can still be `deferred` or a `duplicate`. */
  readonly failure?: unknown;
}

/**
 * Writes the log line of a message: its ids, duration, outcome and error. Each message has exactly one line, even if it cannot be
 * parsed. CloudWatch charges by the byte, so a line of success has no field that only the search for a failure needs. In errors, values that the contract marks as personal or secret are replaced by `[redacted]`, because a handler can quote
 * them.
 *
 * Never throws: a message must not fail because it cannot be logged.
 */
export function logEnding(
  progress: MessageProgress,
  { outcome, milliseconds, failure }: Ending,
  { log, spans }: Pick<Runtime, 'log' | 'spans'>,
): void {
  const level = outcome === 'parked' ? 'error' : outcome === 'retried' ? 'warn' : 'info';
  try {
    const fields = fieldsOf(progress, milliseconds, spans !== undefined);
    log[level](outcome, failure === undefined ? fields : { ...fields, ...failureFields(progress, failure) });
  } catch (error) {
    warnOfLostLine(error, { log });
  }
}

/** @param isTraced whether the event's trace is exported, so that its id leads somewhere */
function fieldsOf({ attempt, consumer, event, notes }: MessageProgress, milliseconds: number, isTraced: boolean) {
  const { id: eventId, version, correlationId, traceparent } = event?.metadata ?? {};
  return {
    consumer,
    event: event?.name,
    version: version === 1 ? undefined : version,
    eventId,
    correlationId,
    traceparent: isTraced ? traceparent : undefined,
    attempt: attempt > 1 ? attempt : undefined,
    milliseconds,
    ...notes,
  };
}

function failureFields(progress: MessageProgress, failure: unknown) {
  const { message, attempt, event } = progress;
  const redacted = redactionOf(progress);
  const stack = failure instanceof Error ? failure.stack : undefined;
  return {
    version: event?.metadata.version,
    traceparent: event?.metadata.traceparent,
    messageId: message.messageId,
    attempt,
    error: redacted(errorText(failure)),
    stack: stack && redacted(stack),
  };
}

/** Shorter values occur in many texts by chance. */
const MIN_CHARACTERS = 4;

/** Returns a function that replaces the event's sensitive values in a text. */
function redactionOf({ event, contract }: MessageProgress): (text: string) => string {
  const schema = contract && event && schemaOfVersion(contract, event.metadata.version);
  if (!schema) return (text) => text;
  const values = new Set<string>();
  redact(schema, event.data, (value) => {
    for (const text of textsIn(value)) if (text.length >= MIN_CHARACTERS) values.add(text);
  });
  // Longest first: a value can be part of another.
  const sorted = [...values].sort((a, b) => b.length - a.length);
  return (text) => sorted.reduce((kept, value) => kept.replaceAll(value, '[redacted]'), text);
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(textsIn);
  return typeof value === 'string' ? [value] : [];
}

function warnOfLostLine(error: unknown, { log }: Pick<Runtime, 'log'>): void {
  try {
    log.warn('line lost', { error: errorText(error) });
  } catch {
    // The log itself fails.
  }
}
