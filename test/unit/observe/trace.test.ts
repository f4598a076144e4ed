import { makeReceipt } from '../../../lambdas/runtime/work/receipts';
import type { Flow } from '../../../observe/flow';
import { traceOf } from '../../../observe/trace';
import { deploymentOf, eventOf, FLOW, keptRecordOf, recordOf, type Tables } from './kitchen';

const [AT_1, AT_2, AT_3, AT_4] = [1, 2, 3, 4].map((second) => `2026-01-01T00:00:0${second}.000Z`) as [
  string,
  string,
  string,
  string,
];
const ORDERED = eventOf('MealOrdered', 'ordered', FLOW, AT_1);
const COOKED = eventOf('MealCooked', 'cooked', 'ordered', AT_2);
const SERVED = eventOf('MealServed', 'served', 'cooked', AT_3);
const CALLS = JSON.stringify([{ at: AT_3, method: 'POST', url: 'https://guest', milliseconds: 5, answered: {} }]);

const KITCHEN = [
  recordOf('kitchen.order-meal', FLOW, AT_1, [ORDERED]),
  recordOf('kitchen.cook', 'ordered', AT_2, [COOKED]),
];
const KEPT = keptRecordOf('waiters.serve', 'cooked', AT_3, [SERVED], { calls: CALLS });
const CLEARED = makeReceipt('served', Date.parse(AT_4), 1);

const tablesWith = (...receipts: string[]): Tables => ({
  'kitchen-records': KITCHEN,
  'meals-table': [{ mealId: 'soup', _receipts: receipts, _version: 2 }],
});

/** A request begins the flow with its own id. */
const trace = (tables: Tables) => traceOf(deploymentOf(tables), FLOW, { explain: false });

/** Each event with its emitter, and its receipts by their subscribers. */
const storyOf = (flow: Flow | undefined) =>
  flow?.steps.map(({ event, emitter, receipts }) => [
    event.name,
    emitter,
    ...receipts.map(({ subscriber, state, at }) => [subscriber, state, ...(at ? [at] : [])]),
  ]);

describe('a trace', () => {
  it('follows a record that is kept in an item of an inbox', async () => {
    const flow = await trace(tablesWith(KEPT, CLEARED));
    expect(storyOf(flow)).toEqual([
      ['MealOrdered', 'kitchen.order-meal', ['kitchen.cook', 'processed', AT_2]],
      ['MealCooked', 'kitchen.cook', ['waiters.serve', 'processed', AT_3]],
      ['MealServed', 'waiters.serve', ['waiters.clear', 'processed', AT_4]],
    ]);
    expect(flow).toMatchObject({ state: 'settled', endedAt: AT_4 });
  });

  it('shows the calls of a kept record', async () => {
    const flow = await trace(tablesWith(KEPT));
    expect(flow?.steps[1]?.receipts).toMatchObject([{ calls: [{ url: 'https://guest' }] }]);
  });

  it('takes the receipt of one subscription for none of another one of the inbox', async () => {
    const flow = await trace(tablesWith(KEPT, makeReceipt('served', Date.parse(AT_4), 0)));
    expect(storyOf(flow)?.at(-1)).toEqual(['MealServed', 'waiters.serve', ['waiters.clear', 'pending']]);
  });

  it('prefers the record of the idempotency table, when the item had no room for it', async () => {
    const flow = await trace({
      ...tablesWith(makeReceipt('cooked', Date.parse(AT_3))),
      'waiters-records': [recordOf('waiters.serve', 'cooked', AT_3, [SERVED])],
    });
    expect(storyOf(flow)?.at(-1)).toEqual(['MealServed', 'waiters.serve', ['waiters.clear', 'pending']]);
  });

  it('looks for a record again when the event that has the key of the item is found later', async () => {
    const { detail } = SERVED;
    const served = { ...SERVED, detail: { ...detail, data: {} } };
    const flow = await traceOf(deploymentOf(tablesWith(KEPT), [served]), FLOW, { explain: false });
    expect(storyOf(flow)?.at(-1)?.slice(0, 2)).toEqual(['MealServed', 'waiters.serve']);
  });

  it('shows a request, and its response, that an item of an inbox keeps', async () => {
    const rated = eventOf('MealRated', 'rated', FLOW, AT_4);
    const response = JSON.stringify({ statusCode: 202, body: '{}' });
    const kept = keptRecordOf('waiters.rate-meal', FLOW, AT_4, [rated], { response });
    const flow = await traceOf(deploymentOf(tablesWith(kept), [rated]), FLOW, { explain: false });
    expect(flow?.requests).toContainEqual(
      expect.objectContaining({ function: 'waiters.rate-meal', response: { status: 202, headers: {}, body: '{}' } }),
    );
    expect(flow?.steps.find(({ event }) => event.id === 'rated')?.emitter).toBe('waiters.rate-meal');
  });

  it('names the emitter of an event whose cause is unknown, if the event has the key of the item', async () => {
    const served = eventOf('MealServed', 'served', 'operator-1', AT_3);
    const emitterOf = async (receipt: string) => {
      const flow = await traceOf(deploymentOf(tablesWith(receipt), [served]), FLOW, { explain: false });
      return flow?.steps.find(({ event }) => event.id === 'served')?.emitter;
    };
    expect(await emitterOf(keptRecordOf('waiters.serve', 'operator-1', AT_3, [served]))).toBe('waiters.serve');
    expect(await emitterOf(keptRecordOf('waiters.serve', 'operator-1', AT_3, []))).toBeUndefined();
  });
});
