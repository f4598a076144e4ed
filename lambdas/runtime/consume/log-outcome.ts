import type { SQSRecord } from 'aws-lambda';
import type { EventContract } from '../../../contracts/core/contract';
import { redact } from '../../../contracts/core/sensitivity';
import type { Outcome } from '../delivery';
import { describe } from '../errors';
import type { Event } from '../events/envelope';
import { schemaOfVersion } from '../events/versioning';
import type { Runtime } from '../runtime';

/** What is known of a message on its way, and what its line says in the end. */
export interface Progress {
  readonly message: SQSRecord;
  readonly attempt: number;
  readonly consumer: string;
  event?: Event;
  contract?: EventContract;
  /** What adapters add to the line. */
  readonly notes: Record<string, unknown>;
}

export interface Ending {
  readonly outcome: Outcome;
  readonly milliseconds: number;
  /** What went wrong, whatever became of it. */
  readonly failure?: unknown;
}

/**
 * Writes the one line that each message has, understood or not: its ids, how long it took, and what became of it. What the
 * contract marks as personal or secret is taken out of errors, too: a handler may have quoted it.
 *
 * Always in use. Never throws: a message is not to fail because it cannot be logged.
 */
export function logEnding(progress: Progress, { outcome, milliseconds, failure }: Ending, { log }: Runtime): void {
  const level = outcome === 'parked' ? 'error' : outcome === 'retried' ? 'warn' : 'info';
  try {
    const fields = { ...identify(progress), milliseconds, ...progress.notes };
    log[level](outcome, failure === undefined ? fields : { ...fields, ...explain(failure, discretion(progress)) });
  } catch (error) {
    lastWords(error, { log });
  }
}

function identify({ message, attempt, consumer, event }: Progress) {
  const { id: eventId, version, correlationId, causationId, traceparent } = event?.metadata ?? {};
  return {
    consumer,
    event: event?.name,
    version,
    eventId,
    correlationId,
    causationId,
    traceparent,
    messageId: message.messageId,
    attempt,
  };
}

function explain(failure: unknown, discreet: (text: string) => string) {
  const stack = failure instanceof Error ? failure.stack : undefined;
  return { error: discreet(describe(failure)), stack: stack && discreet(stack) };
}

/** Shorter values are in many texts by chance, and say nothing. */
const LEAST_CHARACTERS = 4;

/** Takes the event's own sensitive values out of a text. */
function discretion({ event, contract }: Progress): (text: string) => string {
  const schema = contract && event && schemaOfVersion(contract, event.metadata.version);
  if (!schema) return (text) => text;
  const values = new Set<string>();
  redact(schema, event.data, (value) => {
    for (const text of textsIn(value)) if (text.length >= LEAST_CHARACTERS) values.add(text);
  });
  // The longest first: one may be part of another.
  const sorted = [...values].sort((a, b) => b.length - a.length);
  return (text) => sorted.reduce((kept, value) => kept.replaceAll(value, '[redacted]'), text);
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(textsIn);
  return typeof value === 'string' ? [value] : [];
}

function lastWords(error: unknown, { log }: Pick<Runtime, 'log'>): void {
  try {
    log.warn('line lost', { error: describe(error) });
  } catch {
    // There is nobody left to tell.
  }
}
