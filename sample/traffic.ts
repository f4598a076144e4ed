import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { inParallel } from '../cli/parallel';
import type { Progress } from '../cli/progress';
import { formatTable, percentile } from '../cli/table';
import { apiUrl, type Deployment } from '../deployed/discover';
import { findViolations, type Snapshot } from './invariants';
import { type OrderReport, placeOrder, readOrder } from './order-client';
import type { Outcome, SampleOrder } from './sample-orders';
import { readSnapshot } from './snapshot';
import { stillnessOf, stuck } from './wait-until-idle';

/** Requests under way at the same time: as many as a few customers make, not a load test. */
const CONCURRENCY = 8;
/** Asked for at the same time: on one machine, too many questions would slow down what they ask about. */
const WINDOW = 16;
const PATIENCE_MS = 30_000;
const LOOK_AGAIN_MS = 1_000;

export interface PlacedOrder extends SampleOrder {
  readonly orderId: string;
  /** When the request was sent, in milliseconds since 1970. */
  readonly sentAt: number;
}

export interface FollowedOrder extends PlacedOrder {
  readonly outcome: Outcome;
}

/** Places all orders, some at the same time. */
export async function placeAll(
  url: string,
  orders: readonly SampleOrder[],
  progress: Progress,
): Promise<PlacedOrder[]> {
  const placed: PlacedOrder[] = [];
  await inParallel(CONCURRENCY, orders, async (order) => {
    const sentAt = Date.now();
    placed.push({ ...order, sentAt, orderId: await placeOrder(url, order.request, randomUUID()) });
    progress.part('placed', placed.length, orders.length);
  });
  return placed;
}

/**
 * Follows the orders until all have ended, the oldest first: asks for those that nobody is called back about.
 *
 * @param calledBack what callbacks have told so far: order → how it ended
 * @throws Failure that says what is stuck, when nothing has changed for a while
 */
export async function followAll(
  deployment: Deployment,
  orders: readonly PlacedOrder[],
  calledBack: ReadonlyMap<string, Outcome>,
  progress: Progress,
  signal: AbortSignal,
): Promise<FollowedOrder[]> {
  const url = apiUrl(deployment, 'checkout');
  const ended: FollowedOrder[] = [];
  const stillness = stillnessOf();
  let pending = [...orders];
  while (pending.length > 0) {
    const asked = pending.splice(0, WINDOW);
    let steps = 0;
    const open: PlacedOrder[] = [];
    await inParallel(CONCURRENCY, asked, async (order) => {
      signal.throwIfAborted();
      const { orderId, request } = order;
      let outcome = calledBack.get(orderId);
      if (request.callbackUrl === undefined) {
        const report = await readOrder(url, orderId);
        steps += report.history.length;
        outcome = outcomeOf(report);
      }
      if (outcome === undefined) open.push(order);
      else ended.push({ ...order, outcome });
    });
    pending = [...open, ...pending];
    progress.part('ended', ended.length, orders.length);
    if (stillness(`${ended.length} ${steps}`) > PATIENCE_MS) {
      throw await stuck(deployment, findViolations(await readSnapshot(deployment)), PATIENCE_MS);
    }
    if (open.length === asked.length) await sleep(LOOK_AGAIN_MS, undefined, { signal });
  }
  return ended;
}

function outcomeOf({ status, reason }: OrderReport): Outcome | undefined {
  if (status === 'completed') return 'completed';
  return status === 'cancelled' ? (reason as Outcome) : undefined;
}

/** A table: how many orders had which outcome, and how long they took from the request to their last event. */
export function summarise(orders: readonly FollowedOrder[], { orders: stored }: Pick<Snapshot, 'orders'>): string {
  const lastFacts = new Map(stored.map(({ orderId, facts }) => [orderId, Object.values(facts).sort().at(-1) ?? '']));
  const rows = [...groupByOutcome(orders), ['all', orders] as const].map(([name, group]) => {
    const seconds = group.map(({ orderId, sentAt }) => (Date.parse(lastFacts.get(orderId) ?? '') - sentAt) / 1_000);
    const [p50, p95, max] = [0.5, 0.95, 1].map((share) => percentile(seconds, share).toFixed(1));
    return [name.replaceAll('-', ' '), String(group.length), p50 ?? '', p95 ?? '', max ?? ''];
  });
  return formatTable([['outcome', 'orders', 'p50 s', 'p95 s', 'max s'], ...rows]);
}

/** `Map.groupBy` needs Node 21. */
function groupByOutcome(orders: readonly FollowedOrder[]): Map<Outcome, FollowedOrder[]> {
  const groups = new Map<Outcome, FollowedOrder[]>();
  for (const order of orders) groups.set(order.outcome, [...(groups.get(order.outcome) ?? []), order]);
  return groups;
}
