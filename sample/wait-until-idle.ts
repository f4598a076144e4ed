import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../cli/failure';
import type { Deployment } from '../deployed/discover';
import { isBusy, peek, queueDepths } from '../deployed/queues';
import { findViolations, isAtRest, type Snapshot, type Violation } from './invariants';
import { readSnapshot } from './snapshot';

export interface RestOptions {
  /** How long nothing may change before waiting is given up, in milliseconds. @default 30 s */
  readonly patience?: number;
  /** How long to wait at all, in milliseconds: something may move for ever without getting anywhere. @default 15 minutes */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

export interface Rest {
  readonly snapshot: Snapshot;
  readonly violations: readonly Violation[];
}

const PATIENCE_MS = 30_000;
const LIMIT_MS = 15 * 60_000;
const LOOK_AGAIN_MS = 500;
/** Whoever looks all the time slows down what they look at: after each reading, so many times as long as it took. */
const PAUSES = 3;
/** All tables are read when the queues are idle; or after this, since what keeps a queue busy may concern nobody. */
const LOOK_ANYWAY_MS = 5_000;
const EXAMPLES = 5;

/**
 * Waits until nothing is under way: every accepted order has ended, and every event has arrived everywhere.
 *
 * @returns what is stored then, and what is wrong with it
 * @throws Failure that says what is stuck, when nothing has changed for a while
 */
export async function waitUntilIdle(deployment: Deployment, options: RestOptions = {}): Promise<Rest> {
  const { patience = PATIENCE_MS, limit = LIMIT_MS, signal } = options;
  const deadline = Date.now() + limit;
  const stillness = stillnessOf();
  for (let looked = Date.now(); ; ) {
    if ((await isBusy(deployment)) && Date.now() - looked < LOOK_ANYWAY_MS) {
      await sleep(LOOK_AGAIN_MS, undefined, { signal });
      continue;
    }
    const asked = Date.now();
    looked = asked;
    const snapshot = await readSnapshot(deployment);
    const violations = findViolations(snapshot);
    if (isAtRest(violations)) return { snapshot, violations };
    const still = stillness(snapshot.records.length);
    if (still > patience || Date.now() > deadline) throw await stuck(deployment, violations, still);
    await sleep(Math.max(LOOK_AGAIN_MS, PAUSES * (Date.now() - asked)), undefined, { signal });
  }
}

/** How long a value has stayed the same, in milliseconds: to be asked again and again. */
export function stillnessOf(): (value: number | string) => number {
  let [last, since]: [number | string, number] = ['', Date.now()];
  return (value) => {
    if (value !== last) [last, since] = [value, Date.now()];
    return Date.now() - since;
  };
}

/** What to look at when nothing moves: unended orders, lost events, queues that hold messages, dead letters and why. */
export async function stuck(deployment: Deployment, violations: readonly Violation[], still: number): Promise<Failure> {
  const waiting = violations.filter(({ invariant }) => invariant === 'ended' || invariant === 'delivered');
  const depths = (await queueDepths(deployment)).filter(({ messages }) => messages > 0);
  const queues = await Promise.all(
    depths.map(async ({ name, url, messages, dead }) => {
      const reasons = dead ? (await peek(deployment, url)).map(reasonOf) : [];
      return [`  ${name}: ${messages}`, ...new Set(reasons.map((reason) => `    ${reason}`))].join('\n');
    }),
  );
  const orders = waiting.slice(0, EXAMPLES).map(({ detail }) => `  ${detail}`);
  const more = waiting.length > EXAMPLES ? [`  and ${waiting.length - EXAMPLES} more`] : [];
  return new Failure(
    [
      `Nothing has moved for ${Math.round(still / 1_000)} s, and ${waiting.length} things are unfinished:`,
      ...orders,
      ...more,
      queues.length > 0 ? 'Queues with messages:' : 'All queues are empty.',
      ...queues,
    ].join('\n'),
  );
}

function reasonOf({ MessageAttributes = {} }: Awaited<ReturnType<typeof peek>>[number]): string {
  const { reason, error } = MessageAttributes;
  return `${reason?.StringValue ?? 'received too often'}: ${error?.StringValue ?? 'no error is noted'}`;
}
