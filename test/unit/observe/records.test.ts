import { makeReceipt } from '../../../lambdas/runtime/work/receipts';
import type { ObservedEvent } from '../../../observe/flow';
import { type RecordKey, readRecords, scanRecords } from '../../../observe/records';
import { deploymentOf, eventOf, FLOW, keptRecordOf, recordOf } from './kitchen';

const AT = '2026-01-01T00:00:01.000Z';
const SERVED = eventOf('MealServed', 'served', 'cooked', AT);
const KEPT = keptRecordOf('waiters.serve', 'cooked', AT, [SERVED]);

const observed = (id: string, data: unknown): ObservedEvent => {
  const { metadata } = eventOf('MealCooked', id, 'ordered', AT).detail;
  return { ...metadata, source: 'kitchen', name: 'MealCooked', channel: 'bus', data };
};

const found = async (receipts: string[], key: Partial<RecordKey> = {}) => {
  const deployment = deploymentOf({ 'meals-table': [{ mealId: 'soup', _receipts: receipts }] });
  const event = observed('cooked', { mealId: 'soup' });
  const records = await readRecords(deployment, [{ consumer: 'waiters.serve', causeId: 'cooked', event, ...key }]);
  return [...records];
};

describe('records', () => {
  it('are found in the item whose key is in the data of an event', async () => {
    const [[id, record] = []] = await found([KEPT]);
    expect(id).toBe('waiters.serve#cooked');
    expect(record).toMatchObject({
      id,
      correlationId: FLOW,
      processedAt: AT,
      outbox: { events: [{ metadata: { id: 'served' } }] },
    });
  });

  it('have the time alone when the receipt has no record', async () => {
    const id = 'waiters.serve#cooked';
    expect(await found([makeReceipt('cooked', Date.parse(AT))])).toEqual([[id, { id, processedAt: AT }]]);
  });

  it('of a receipt that cannot be read have the time and no event', async () => {
    const [[, record] = []] = await found([`${makeReceipt('cooked', Date.parse(AT))} {"by":"waiters.serve",`]);
    expect(record).toMatchObject({ id: 'waiters.serve#cooked', processedAt: AT });
  });

  it.each([
    ['the event is unknown', { event: undefined }],
    ['the event has no key of the inbox', { event: observed('cooked', { guestId: 'soup' }) }],
    ['the event has no data', { event: observed('cooked', undefined) }],
    ['the item does not exist', { event: observed('cooked', { mealId: 'pie' }) }],
    ['the item has the receipt of another event', { causeId: 'burnt' }],
    ['the item has the receipt of another subscription', { consumer: 'waiters.clear' }],
    ['the service is not deployed', { consumer: 'cleaners.sweep' }],
  ])('are not found when %s', async (_, key) => {
    expect(await found([KEPT], key as Partial<RecordKey>)).toEqual([]);
  });

  it('of a service are those of its table, and those in the items of its inboxes', async () => {
    const deployment = deploymentOf({
      'waiters-records': [recordOf('waiters.serve', 'earlier', AT, [])],
      'meals-table': [
        { mealId: 'soup', _receipts: [KEPT, makeReceipt('served', Date.parse(AT), 1)] },
        { mealId: 'pie', _receipts: [makeReceipt('rated', Date.parse(AT), 2), makeReceipt('gone', Date.parse(AT), 3)] },
        { mealId: 'old' },
      ],
    });
    const [, waiters] = deployment.services;
    const { records, receipts } = await scanRecords(deployment, waiters as NonNullable<typeof waiters>);
    expect(records.map(({ id }) => id)).toEqual(['waiters.serve#earlier', 'waiters.serve#cooked']);
    expect(receipts).toEqual([
      'waiters.serve#cooked',
      'waiters.clear#served',
      'waiters.rate-meal#rated',
      'waiters.meals#gone',
    ]);
  });
});
