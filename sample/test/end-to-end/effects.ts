import type { OrderCancelled } from '../../../contracts';
import type { DataOf } from '../../../contracts/core/contract';
import type { OutgoingEvent } from '../../../lambdas/runtime/events/envelope';
import type { Received } from '../../../test/support/receiver';
import type { Snapshot } from '../../invariants';

/** All that would differ if something had happened twice. Reminders come late, and each leaves a record: they do not count. */
export function effectsOf(snapshot: Snapshot) {
  const { stock, reservations, payments, shipments, paymentBook, bookings = [], orders } = snapshot;
  const states = orders.map(({ orderId, status, facts }) => [orderId, status, Object.keys(facts).sort()]);
  const events = emittedBy(snapshot)
    .filter(({ channel }) => channel !== 'reminder')
    .map(({ name, detail }) => [name, detail.metadata.id]);
  const all = { stock, reservations, payments, shipments, paymentBook, bookings, states, events };
  return Object.fromEntries(
    Object.entries(all).map(([name, items]) => [
      name,
      (items as readonly unknown[]).map((one) => JSON.stringify(one)).sort(),
    ]),
  );
}

/** How each order ended, in the words of the sample orders: `completed`, or why it was cancelled. */
export function outcomesOf(snapshot: Snapshot): Map<string, string> {
  const reasons = new Map(
    emittedBy(snapshot)
      .filter(({ name }) => name === 'OrderCancelled')
      .map(({ detail }) => detail.data as DataOf<typeof OrderCancelled>)
      .map(({ orderId, reason }) => [orderId, reason]),
  );
  return new Map(
    snapshot.orders.map(({ orderId, status }) => [orderId, reasons.get(orderId) ?? status] as const).sort(),
  );
}

/** What customers were told: order and type → the ids under which it came. */
export function callbacksOf(received: readonly Received[]): Map<string, Set<string>> {
  const told = new Map<string, Set<string>>();
  for (const { headers, body } of received) {
    const { type, data } = JSON.parse(body) as { type: string; data: { orderId: string } };
    const what = `${data.orderId} ${type}`;
    told.set(what, (told.get(what) ?? new Set()).add(headers['webhook-id'] ?? ''));
  }
  return told;
}

function emittedBy({ records }: Pick<Snapshot, 'records'>): OutgoingEvent[] {
  return records.flatMap(({ outbox }) => JSON.parse(outbox ?? '[]') as OutgoingEvent[]);
}
