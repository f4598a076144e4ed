import { randomUUID } from 'node:crypto';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { Failure, UsageError } from '../cli/failure';
import { defineReconciliationContracts } from '../contracts/core/reconciliation';
import type { Deployment } from '../deployed/discover';
import { toMessageBody } from '../lambdas/runtime/events/bus-event';
import { continueTrace } from '../lambdas/runtime/events/ids';
import { readOutbox } from '../lambdas/runtime/events/outbox';
import type { Discrepancy, ReconciliationRun, Step } from '../lambdas/runtime/reconciliation/reconciliation';
import type { ObservedEvent } from '../observe/flow';
import { type Reconciler, readDiscrepancy, readRun, reconcilersOf } from '../observe/reconciliation';
import { readRecords, recordId } from '../observe/records';
import { clientsOf } from './clients';
import { sqsQueue } from './dead-letters/message-queue';

/** The prefix of the ids of events that operators send. No service has emitted them. */
const OPERATOR = 'operator-';
const POLL_MILLISECONDS = 1_000;
/** Requests wait for no other system, so only a broken or overloaded consumer takes longer. */
const REQUEST_SECONDS = 120;
const RUN_MINUTES = 60;
/** In characters. It is a part of one message and one item. */
const MAX_REASON = 500;
const DATE = /^\d{4}-\d\d-\d\d$/;

/** How a command waits: it ends when the operator stops it. */
export interface Waiting {
  /** Waits a number of milliseconds. @throws when it was stopped */
  sleep(milliseconds: number): Promise<void>;
}

/** @throws Failure when no service reconciles, or no service of this name @throws UsageError when there are several and none is named */
export function chooseReconciler(deployment: Deployment, service: string | undefined): Reconciler {
  const all = reconcilersOf(deployment);
  const [first, ...others] = all.filter((one) => service === undefined || one.service === service);
  if (first === undefined) {
    throw new Failure(service === undefined ? 'No deployed service reconciles.' : `${service} does not reconcile.`);
  }
  if (others.length > 0) {
    throw new UsageError(`Name one with --service: ${all.map((one) => one.service).join(', ')}.`);
  }
  return first;
}

/** Returns the text if it is a day: `2026-01-31`. @throws UsageError when it is none, or before 1970 */
export function requireDay(text: string): string {
  const isDay = DATE.test(text) && new Date(`${text}T00:00Z`).toJSON()?.startsWith(text);
  if (isDay && text >= '1970') return text;
  throw new UsageError(`"${text}" is not a day since 1970: write it as 2026-01-31.`);
}

/**
 * Compares a day again and waits for the result.
 *
 * @returns undefined when another run of the day is under way
 * @throws Failure when the day cannot be compared yet, or the request or the run takes too long
 */
export async function runReconciliation(
  deployment: Deployment,
  reconciler: Reconciler,
  { date, dryRun }: { readonly date?: string; readonly dryRun: boolean },
  waiting: Waiting,
): Promise<ReconciliationRun | undefined> {
  const start = { step: 'start', again: true, dryRun, ...(date !== undefined && { date: requireDay(date) }) } as const;
  const begun = await outboxOf(deployment, reconciler, await send(deployment, reconciler, start), waiting);
  const { date: day = date, pass } = (begun[0]?.detail.data ?? {}) as Step;
  const read = () => readRun(deployment, reconciler, dryRun ? `${day}#dry-run` : `${day}`);
  if (pass === undefined) {
    const refused = (await read())?.refused;
    if (refused !== undefined) throw new Failure(refused);
    return undefined;
  }
  const late = `Run ${pass} of ${day} is still under way after ${RUN_MINUTES} minutes, and goes on: see "queues" and "dlq list".`;
  const isEnded = (run: ReconciliationRun) => run.pass > pass || (run.pass === pass && run.status === 'completed');
  const ended = async () => {
    const run = await read();
    return run && isEnded(run) ? run : undefined;
  };
  return until(ended, { seconds: RUN_MINUTES * 60, late }, waiting);
}

/** Acknowledges a discrepancy, and waits until it is. @throws Failure when it does not exist, is not open, or the request takes too long */
export async function acknowledge(
  deployment: Deployment,
  reconciler: Reconciler,
  { id, reason, by }: { readonly id: string; readonly reason: string; readonly by?: string },
  waiting: Waiting,
): Promise<Discrepancy> {
  if (reason.trim() === '') throw new UsageError('An acknowledgement needs a reason.');
  if (reason.length > MAX_REASON) throw new UsageError(`A reason has at most ${MAX_REASON} characters.`);
  if (by?.trim() === '') throw new UsageError('An acknowledgement needs the name of an operator: --by is empty.');
  const known = await readDiscrepancy(deployment, reconciler, id);
  if (known.status !== 'open' && known.status !== 'repairing') {
    throw new Failure(`${id} is ${known.status}: only what is open or repairing is acknowledged.`);
  }
  const caller = await callerOf(deployment);
  // A name alone could be anybody's.
  const step = { step: 'acknowledge', id, reason, by: by === undefined ? caller : `${by} (${caller})` } as const;
  await outboxOf(deployment, reconciler, await send(deployment, reconciler, step), waiting);
  const after = await readDiscrepancy(deployment, reconciler, id);
  if (after.status === 'acknowledged') return after;
  throw new Failure(`${id} was not acknowledged: it is ${after.status} by now.`);
}

/** Returns the ARN of the credentials that are used. */
async function callerOf({ clients }: Deployment): Promise<string> {
  const { Arn } = await clients.of(STSClient).send(new GetCallerIdentityCommand({}));
  return Arn ?? 'unknown';
}

/** Sends a step to the service's queue. @returns the event */
async function send(
  { clients }: Deployment,
  { service, subscription }: Reconciler,
  data: Step,
): Promise<ObservedEvent> {
  const { name, version } = defineReconciliationContracts(service).ReconciliationDue;
  const id = `${OPERATOR}${randomUUID()}`;
  const metadata = {
    ...{ id, version, correlationId: id, causationId: id },
    ...{ occurredAt: new Date().toISOString(), traceparent: continueTrace(undefined) },
  };
  const body = toMessageBody({ source: service, name, detail: { metadata, data } });
  const refused = await sqsQueue(clientsOf(clients).sqs, subscription.queue).send([body]);
  for (const why of refused.values()) throw new Failure(`SQS refused the request: ${why}`);
  return { ...metadata, source: service, name, channel: 'bus', data };
}

/** Waits until a step is processed. @returns the events that it emitted */
async function outboxOf(
  deployment: Deployment,
  { service, subscription }: Reconciler,
  event: ObservedEvent,
  waiting: Waiting,
) {
  const consumer = `${service}.${subscription.name}`;
  const key = { consumer, causeId: event.id, event };
  const late = `${consumer} has not processed the request within ${REQUEST_SECONDS} seconds: see "queues" and "dlq list".`;
  const find = async () => (await readRecords(deployment, [key])).get(recordId(key));
  return readOutbox(await until(find, { seconds: REQUEST_SECONDS, late }, waiting)).events;
}

/** Waits until something is found. @throws Failure after a number of seconds */
async function until<T>(
  find: () => Promise<T | undefined>,
  { seconds, late }: { readonly seconds: number; readonly late: string },
  waiting: Waiting,
): Promise<T> {
  for (let waited = 0; ; waited += POLL_MILLISECONDS) {
    const found = await find();
    if (found !== undefined) return found;
    if (waited >= seconds * 1_000) throw new Failure(late);
    await waiting.sleep(POLL_MILLISECONDS);
  }
}
