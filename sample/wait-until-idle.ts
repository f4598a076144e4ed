import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../cli/failure';
import { counted } from '../cli/text';
import type { Deployment } from '../deployed/discover';
import { isBusy, peek, queueDepths } from '../deployed/queues';
import { findViolations, isIdle, type Snapshot, type Violation } from './invariants';
import { readSnapshot } from './snapshot';

export interface IdleOptions {
  /** Milliseconds without a change after which waiting fails. @default 30 s */
  readonly patience?: number;
  /** Milliseconds after which waiting fails even if something changes. @default 15 minutes */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

export interface IdleState {
  readonly snapshot: Snapshot;
  readonly violations: readonly Violation[];
}

const PATIENCE_MS = 30_000;
const LIMIT_MS = 15 * 60_000;
const POLL_MS = 500;
/** Reading all tables slows down the emulator: the pause after it is this multiple of the time that it took. */
const PAUSE_FACTOR = 3;
/** The tables are read while queues are empty, and at least this often: a queue can stay busy with unrelated messages. */
const READ_INTERVAL_MS = 5_000;
const EXAMPLES = 5;

/**
 * Waits until every accepted order has ended and every event was processed by all of its subscribers.
 *
 * @returns the stored data and all violated invariants
 * @throws Failure that lists what is unfinished, when nothing changes for a while
 */
export async function waitUntilIdle(deployment: Deployment, options: IdleOptions = {}): Promise<IdleState> {
  const { patience = PATIENCE_MS, limit = LIMIT_MS, signal } = options;
  const deadline = Date.now() + limit;
  const unchanged = unchangedTimer();
  let before: number | undefined;
  for (let lastRead = Date.now(); ; ) {
    if ((await isBusy(deployment)) && Date.now() - lastRead < READ_INTERVAL_MS) {
      await sleep(POLL_MS, undefined, { signal });
      continue;
    }
    const start = Date.now();
    lastRead = start;
    const snapshot = await readSnapshot(deployment);
    const violations = findViolations(snapshot);
    const size = snapshot.records.length + snapshot.receipts.length;
    // A snapshot is not atomic: work that went on while it was read looks like a violation. The next one has all of it.
    if (isIdle(violations) && (violations.length === 0 || size === before)) return { snapshot, violations };
    before = size;
    const milliseconds = unchanged(size);
    if (milliseconds > patience || Date.now() > deadline)
      throw await stuckFailure(deployment, violations, milliseconds);
    await sleep(Math.max(POLL_MS, PAUSE_FACTOR * (Date.now() - start)), undefined, { signal });
  }
}

/** Returns a function that takes the current value and returns for how many milliseconds it has not changed. */
export function unchangedTimer(): (value: number | string) => number {
  let [last, since]: [number | string, number] = ['', Date.now()];
  return (value) => {
    if (value !== last) [last, since] = [value, Date.now()];
    return Date.now() - since;
  };
}

/** Returns a failure with the unfinished orders, unprocessed events, queues with messages, and the reasons of dead letters. */
export async function stuckFailure(
  deployment: Deployment,
  violations: readonly Violation[],
  milliseconds: number,
): Promise<Failure> {
  const unfinished = violations.filter(({ invariant }) => invariant === 'ended' || invariant === 'delivered');
  const depths = (await queueDepths(deployment)).filter(({ messages }) => messages > 0);
  const queues = await Promise.all(
    depths.map(async ({ name, url, messages, isDeadLetterQueue }) => {
      const reasons = isDeadLetterQueue ? (await peek(deployment, url)).map(reasonOf) : [];
      return [`  ${name}: ${messages}`, ...new Set(reasons.map((reason) => `    ${reason}`))].join('\n');
    }),
  );
  const examples = unfinished.slice(0, EXAMPLES).map(({ detail }) => `  ${detail}`);
  const more = unfinished.length > EXAMPLES ? [`  and ${unfinished.length - EXAMPLES} more`] : [];
  return new Failure(
    [
      `Nothing has changed for ${Math.round(milliseconds / 1_000)} s, and ${counted(unfinished.length, 'step')} did not finish:`,
      ...examples,
      ...more,
      queues.length > 0 ? 'Queues with messages:' : 'All queues are empty.',
      ...queues,
    ].join('\n'),
  );
}

function reasonOf({ MessageAttributes = {} }: Awaited<ReturnType<typeof peek>>[number]): string {
  const { reason, error } = MessageAttributes;
  return `${reason?.StringValue ?? 'received too often'}: ${error?.StringValue ?? 'without an error message'}`;
}
