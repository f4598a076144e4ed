import type { OrderCancelled } from '../../../contracts';
import type { DataOf } from '../../../contracts/core/contract';
import { emittedEvents } from '../../../observe/effects';
import type { Received } from '../../../test/support/receiver';
import type { Snapshot } from '../../invariants';

/** Returns everything that a second effect would change. Ignores reminders, because each leaves a record when it is due. */
export function effectsOf(snapshot: Snapshot) {
  const { stock, reservations, payments, shipments, paymentBook, bookings = [], orders } = snapshot;
  const states = orders.map(({ orderId, status, facts }) => [orderId, status, Object.keys(facts).sort()]);
  const events = emittedEvents(snapshot.records)
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

/** Order id → `completed`, or the reason of the cancellation. */
export function outcomesOf(snapshot: Snapshot): Map<string, string> {
  const reasons = new Map(
    emittedEvents(snapshot.records)
      .filter(({ name }) => name === 'OrderCancelled')
      .map(({ detail }) => detail.data as DataOf<typeof OrderCancelled>)
      .map(({ orderId, reason }) => [orderId, reason]),
  );
  return new Map(
    snapshot.orders.map(({ orderId, status }) => [orderId, reasons.get(orderId) ?? status] as const).sort(),
  );
}

/** Order and type of each received callback → its webhook ids. */
export function callbacksOf(received: readonly Received[]): Map<string, Set<string>> {
  const callbacks = new Map<string, Set<string>>();
  for (const { headers, body } of received) {
    const { type, data } = JSON.parse(body) as { type: string; data: { orderId: string } };
    const what = `${data.orderId} ${type}`;
    callbacks.set(what, (callbacks.get(what) ?? new Set()).add(headers['webhook-id'] ?? ''));
  }
  return callbacks;
}
