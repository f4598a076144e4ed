import type { Deployment } from '../../../deployed/discover';
import type { OutgoingEvent } from '../../../lambdas/runtime/events/envelope';
import { writeEntry, writeOutbox } from '../../../lambdas/runtime/events/outbox';
import { packEvents } from '../../../lambdas/runtime/journal/pack';
import { makeReceipt, type RecordDetails, withRecord } from '../../../lambdas/runtime/work/receipts';
import { readAnswers, sdkClients } from '../../support/sdk-clients';

export const FLOW = 'flow-1';
const TRACE = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

export type Tables = Readonly<Record<string, readonly object[]>>;

/** A deployment of two services. The meals are the inbox of two subscriptions and an endpoint of the waiters. */
export function deploymentOf(tables: Tables, journalled: readonly OutgoingEvent[] = []): Deployment {
  const inbox = { table: 'meals', keys: ['mealId'] };
  const services = [
    {
      ...{ service: 'kitchen', records: 'kitchen-records', tables: {}, relay: {} },
      endpoints: [{ name: 'order-meal', route: 'POST /meals', emits: ['kitchen.MealOrdered'] }],
      subscriptions: [{ name: 'cook', to: ['kitchen.MealOrdered'], emits: ['kitchen.MealCooked'] }],
    },
    {
      ...{ service: 'waiters', records: 'waiters-records', tables: { meals: 'meals-table' }, relay: {} },
      endpoints: [
        {
          ...{ name: 'rate-meal', route: 'POST /ratings', emits: ['waiters.MealRated'] },
          inbox: { ...inbox, position: 2 },
        },
      ],
      subscriptions: [
        {
          ...{ name: 'serve', to: ['kitchen.MealCooked'], emits: ['waiters.MealServed', 'waiters.MealDue'] },
          inbox: { ...inbox, position: 0 },
        },
        { name: 'clear', to: ['waiters.MealServed'], emits: [], inbox: { ...inbox, position: 1 } },
      ],
    },
  ];
  const observed = journalled.map(({ source, name, detail, channel = 'bus' }) => {
    return { ...detail.metadata, source, name, channel, data: detail.data };
  });
  const journal = [{ key: `flow#${FLOW}`, entry: '1', events: packEvents(observed) }];
  const clients = sdkClients(readAnswers((table) => (table === 'journal' ? journal : (tables[table] ?? []))));
  const isJournalled = journalled.length > 0;
  return { stage: 'local', services, clients, ...(isJournalled && { journal: { table: 'journal' } }) } as never;
}

/** An event of the flow. */
export function eventOf(name: string, id: string, causationId: string, occurredAt: string): OutgoingEvent {
  const metadata = { id, version: 1, correlationId: FLOW, causationId, occurredAt, traceparent: TRACE };
  const source = /^Meal(Serv|Rat)ed$/.test(name) ? 'waiters' : 'kitchen';
  return { source, name, detail: { metadata, data: { mealId: 'soup' } } };
}

/** The record of work in an idempotency table, with what it has emitted. */
export function recordOf(consumer: string, causeId: string, processedAt: string, events: readonly OutgoingEvent[]) {
  return { id: `${consumer}#${causeId}`, correlationId: FLOW, processedAt, outbox: outboxOf(events) };
}

/** The same record in the receipt of an item. */
export function keptRecordOf(
  consumer: string,
  causeId: string,
  processedAt: string,
  events: readonly OutgoingEvent[],
  more: RecordDetails = {},
): string {
  const receipt = makeReceipt(causeId, Date.parse(processedAt));
  const record = { consumer, correlationId: FLOW, outbox: outboxOf(events), ...more };
  const kept = withRecord(receipt, record, []);
  if (kept === undefined) throw new Error('There is no room for the record.');
  return kept;
}

function outboxOf(events: readonly OutgoingEvent[]): string {
  return writeOutbox(
    TRACE,
    // With their metadata, which would follow from the record otherwise.
    events.map((event) => writeEntry(event, true)),
  );
}
