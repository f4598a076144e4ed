import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { inParallel } from '../cli/parallel';
import { percentile } from '../cli/percentile';
import type { Progress } from '../cli/progress';
import { formatTable } from '../cli/table';
import { apiUrl, type Deployment } from '../deployed/discover';
import { findViolations, type Snapshot } from './invariants';
import { type OrderStatus, placeOrder, readOrder } from './order-client';
import type { Outcome, SampleOrder } from './sample-orders';
import { readSnapshot } from './snapshot';
import { stuckFailure, unchangedTimer } from './wait-until-idle';

/** Concurrent requests that place orders. Traffic of a few customers, not a load test. */
const PLACED_AT_ONCE = 8;
/** Orders that are polled in one round. On one machine, more requests would slow down the functions. */
const POLLED_PER_ROUND = 16;
const PATIENCE_MS = 30_000;
const POLL_MS = 1_000;

export interface PlacedOrder extends SampleOrder {
  readonly orderId: string;
  /** When the request was sent, in milliseconds since 1970. */
  readonly sentAt: number;
}

export interface FollowedOrder extends PlacedOrder {
  readonly outcome: Outcome;
}

/** Places all orders, several at the same time. */
export async function placeAll(
  url: string,
  orders: readonly SampleOrder[],
  progress: Progress,
): Promise<PlacedOrder[]> {
  const placed: PlacedOrder[] = [];
  await inParallel(PLACED_AT_ONCE, orders, async (order) => {
    const sentAt = Date.now();
    placed.push({ ...order, sentAt, orderId: await placeOrder(url, order.request, randomUUID()) });
    progress.part('placed', placed.length, orders.length);
  });
  return placed;
}

/**
 * Waits until all orders have ended. Polls those without a callback, the oldest first.
 *
 * @param callbackOutcomes - order → the outcome in its callback, filled while this function runs
 * @throws Failure that lists what is unfinished, when nothing changes for a while
 */
export async function followAll(
  deployment: Deployment,
  orders: readonly PlacedOrder[],
  callbackOutcomes: ReadonlyMap<string, Outcome>,
  progress: Progress,
  signal: AbortSignal,
): Promise<FollowedOrder[]> {
  const url = apiUrl(deployment, 'checkout');
  const ended: FollowedOrder[] = [];
  const unchanged = unchangedTimer();
  let pending = [...orders];
  while (pending.length > 0) {
    const round = pending.splice(0, POLLED_PER_ROUND);
    let milestones = 0;
    const open: PlacedOrder[] = [];
    await inParallel(PLACED_AT_ONCE, round, async (order) => {
      signal.throwIfAborted();
      const { orderId, request } = order;
      let outcome = callbackOutcomes.get(orderId);
      if (request.callbackUrl === undefined) {
        const current = await readOrder(url, orderId);
        milestones += current.history.length;
        outcome = outcomeOf(current);
      }
      if (outcome === undefined) open.push(order);
      else ended.push({ ...order, outcome });
    });
    pending = [...open, ...pending];
    progress.part('ended', ended.length, orders.length);
    if (unchanged(`${ended.length} ${milestones}`) > PATIENCE_MS) {
      throw await stuckFailure(deployment, findViolations(await readSnapshot(deployment)), PATIENCE_MS);
    }
    if (open.length === round.length) await sleep(POLL_MS, undefined, { signal });
  }
  return ended;
}

function outcomeOf({ status, reason }: OrderStatus): Outcome | undefined {
  if (status === 'completed') return 'completed';
  return status === 'cancelled' ? (reason as Outcome) : undefined;
}

/** Returns a table with the number of orders per outcome, and the seconds from their requests to their last events. */
export function summarise(orders: readonly FollowedOrder[], { orders: stored }: Pick<Snapshot, 'orders'>): string {
  const lastFacts = new Map(stored.map(({ orderId, facts }) => [orderId, Object.values(facts).sort().at(-1) ?? '']));
  const rows = [...groupByOutcome(orders), ['all', orders] as const].map(([name, group]) => {
    const seconds = group.map(({ orderId, sentAt }) => (Date.parse(lastFacts.get(orderId) ?? '') - sentAt) / 1_000);
    return [
      name.replaceAll('-', ' '),
      group.length,
      ...[0.5, 0.95, 1].map((share) => percentile(seconds, share).toFixed(1)),
    ];
  });
  return formatTable(['outcome', 'orders', 'p50 s', 'p95 s', 'max s'], rows);
}

/** `Map.groupBy` needs Node 21. */
function groupByOutcome(orders: readonly FollowedOrder[]): Map<Outcome, FollowedOrder[]> {
  const groups = new Map<Outcome, FollowedOrder[]>();
  for (const order of orders) groups.set(order.outcome, [...(groups.get(order.outcome) ?? []), order]);
  return groups;
}
