import { randomUUID } from 'node:crypto';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { Failure, UsageError } from '../cli/failure';
import { defineReconciliationContracts } from '../contracts/core/reconciliation';
import type { Deployment } from '../deployed/discover';
import { toMessageBody } from '../lambdas/runtime/events/bus-event';
import { continueTrace } from '../lambdas/runtime/events/ids';
import { readOutbox } from '../lambdas/runtime/events/outbox';
import type { Discrepancy, ReconciliationRun, Step } from '../lambdas/runtime/reconciliation/reconciliation';
import { type Reconciler, readDiscrepancy, readRuns, reconcilersOf } from '../observe/reconciliation';
import { readRecords, recordId } from '../observe/records';
import { clientsOf } from './clients';
import { sqsQueue } from './dead-letters/message-queue';

/** The prefix of the ids of events that operators send. No service has emitted them. */
const OPERATOR = 'operator-';
const POLL_MILLISECONDS = 1_000;

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

/** Compares a day again and waits for the result. @returns undefined when another run of the day is under way */
export async function runReconciliation(
  deployment: Deployment,
  reconciler: Reconciler,
  { date, dryRun }: { readonly date?: string; readonly dryRun: boolean },
  waiting: Waiting,
): Promise<ReconciliationRun | undefined> {
  const id = await send(deployment, reconciler, { step: 'start', again: true, dryRun, ...(date && { date }) });
  const begun = await outboxOf(deployment, reconciler, id, waiting);
  const { date: day = date, pass } = (begun[0]?.detail.data ?? {}) as Step;
  if (pass === undefined) return undefined;
  for (;;) {
    const run = (await readRuns(deployment, reconciler)).find((one) => one.date === day && one.dryRun === dryRun);
    if (run && (run.pass > pass || run.status === 'completed')) return run;
    await waiting.sleep(POLL_MILLISECONDS);
  }
}

/** Acknowledges a discrepancy, and waits until it is. @throws Failure when it does not exist, or is not open */
export async function acknowledge(
  deployment: Deployment,
  reconciler: Reconciler,
  { id, reason, by }: { readonly id: string; readonly reason: string; readonly by?: string },
  waiting: Waiting,
): Promise<Discrepancy> {
  if (reason.trim() === '') throw new UsageError('An acknowledgement needs a reason.');
  const known = await readDiscrepancy(deployment, reconciler, id);
  if (known.status !== 'open' && known.status !== 'repairing') {
    throw new Failure(`${id} is ${known.status}: only what is open or repairing is acknowledged.`);
  }
  const step = { step: 'acknowledge', id, reason, by: by ?? (await callerOf(deployment)) } as const;
  await outboxOf(deployment, reconciler, await send(deployment, reconciler, step), waiting);
  return readDiscrepancy(deployment, reconciler, id);
}

/** Returns the ARN of the credentials that are used. */
async function callerOf({ clients }: Deployment): Promise<string> {
  const { Arn } = await clients.of(STSClient).send(new GetCallerIdentityCommand({}));
  return Arn ?? 'unknown';
}

/** Sends a step to the service's queue. @returns the event's id */
async function send({ clients }: Deployment, { service, subscription }: Reconciler, step: Step): Promise<string> {
  const { ReconciliationDue } = defineReconciliationContracts(service);
  const id = `${OPERATOR}${randomUUID()}`;
  const metadata = {
    ...{ id, version: ReconciliationDue.version, correlationId: id, causationId: id },
    ...{ occurredAt: new Date().toISOString(), traceparent: continueTrace(undefined) },
  };
  const body = toMessageBody({ source: service, name: ReconciliationDue.name, detail: { metadata, data: step } });
  const refused = await sqsQueue(clientsOf(clients).sqs, subscription.queue).send([body]);
  for (const why of refused.values()) throw new Failure(`SQS refused the request: ${why}`);
  return id;
}

/** Waits until a step is processed. @returns the events that it emitted */
async function outboxOf(deployment: Deployment, { service, subscription }: Reconciler, id: string, waiting: Waiting) {
  const key = { consumer: `${service}.${subscription.name}`, causeId: id };
  for (;;) {
    const record = (await readRecords(deployment, [key])).get(recordId(key));
    if (record) return readOutbox(record.outbox ?? '[]').events;
    await waiting.sleep(POLL_MILLISECONDS);
  }
}
