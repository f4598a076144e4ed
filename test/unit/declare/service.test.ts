import * as z from 'zod/mini';
import { defineEvent } from '../../../contracts/core/contract';
import { consume } from '../../../lambdas/runtime/consume/consume';
import { defineService } from '../../../lambdas/runtime/declare/service';
import { accept } from '../../../lambdas/runtime/http/accept';
import { scheduled } from '../../../lambdas/runtime/schedule/scheduled';
import { eventOf, HandlerWorld } from '../../support/handler-world';

const schema = z.object({ id: z.string() });
const Sold = defineEvent({
  name: 'Sold',
  owner: 'shop',
  version: 1,
  schema: z.object({ id: z.string(), price: z.int() }),
});
const Returned = defineEvent({
  name: 'Returned',
  owner: 'shop',
  version: 1,
  schema: z.object({ id: z.string(), why: z.string() }),
});
const Billed = defineEvent({ name: 'Billed', owner: 'billing', version: 1, schema });
const Paid = defineEvent({ name: 'Paid', owner: 'billing', version: 1, schema });
const BillDue = defineEvent({ name: 'BillDue', owner: 'billing', version: 1, schema, channel: 'reminder' });

interface Bill {
  readonly id: string;
  readonly total: number;
  readonly note?: string;
}

const billing = defineService('billing');
const bills = billing.table('bills', { key: 'id' }).of<Bill>();
const notes = billing.table('notes', { key: 'id' }).of<{ id: string; text: string }>();
const bill = billing.subscription('bill', { to: [Sold, Returned], emits: [Billed, BillDue], uses: [bills] });

describe('a unit of work compiles only with what its function declares', () => {
  test('events', () => {
    consume(bill, (_data, work) => {
      work.emit(Billed, { id: 'a' });
      work.remind(BillDue, { id: 'a' }, work.now);
      // @ts-expect-error: Paid is not in emits
      work.emit(Paid, { id: 'a' });
      // @ts-expect-error: another service's event
      work.emit(Sold, { id: 'a', price: 1 });
      // @ts-expect-error: a reminder has a due time
      work.emit(BillDue, { id: 'a' });
      // @ts-expect-error: Billed is no reminder
      work.remind(Billed, { id: 'a' }, work.now);
      // @ts-expect-error: the data of another contract
      work.emit(Billed, { name: 'a' });
    });
  });

  test('tables', () => {
    consume(bill, async (_data, work) => {
      const loaded: Bill | undefined = await work.load(bills('a'));
      const orElse: Bill = await work.load(bills('a'), { orElse: { id: 'a', total: 0 } });
      const several: (Bill | undefined)[] = await work.load([bills('a'), bills('b')]);
      work.create(bills('a'), { id: 'a', total: 1 });
      work.adjust(bills('a'), 'total', 1);
      // @ts-expect-error: notes is not in uses
      await work.load(notes('a'));
      // @ts-expect-error: notes is not in uses
      work.put(notes('a'), { id: 'a', text: '' });
      // @ts-expect-error: an item of another table
      work.put(bills('a'), { id: 'a', text: '' });
      // @ts-expect-error: note is no number
      work.adjust(bills('a'), 'note', 1);
      return [loaded, orElse, several];
    });
  });

  test('in endpoints and schedules, too', () => {
    const ask = billing.endpoint('ask', { route: 'POST /bills', body: schema, emits: [Billed], uses: [bills] });
    accept(ask, ({ id }, work) => {
      work.emit(Billed, { id });
      // @ts-expect-error: Paid is not in emits
      work.emit(Paid, { id });
      return { body: {} };
    });
    scheduled(billing.schedule('sweep', { emits: [Billed], uses: [bills] }), async ({ work }) => {
      await work({ id: 'a', correlationId: 'a' }, async (unit) => {
        unit.emit(Billed, { id: 'a' });
        // @ts-expect-error: notes is not in uses
        await unit.load(notes('a'));
      });
    });
  });
});

test('the name of an event narrows its data', async () => {
  const seen: (number | string)[] = [];
  const handler = consume(bill, (_data, _work, event) => {
    seen.push(event.name === 'Sold' ? event.data.price : event.data.why);
  });
  const world = new HandlerWorld();
  await world.deliver(handler, eventOf(Sold, { id: 'a', price: 5 }));
  await world.deliver(handler, eventOf(Returned, { id: 'a', why: 'broken' }));
  expect(seen).toEqual([5, 'broken']);
});

test('a table with a sort key takes both keys', () => {
  const lines = billing.table('lines', { key: 'bill', sortKey: 'number' }).of<{ bill: string; number: string }>();
  expect(lines('bill-1', '7')).toEqual({ table: 'lines', key: { bill: 'bill-1', number: '7' } });
  expect(() => lines('bill-1')).toThrow('billing.lines has the sort key number: pass its value too.');
});

test.each(['Send', 'send_it', '-send', 'send-', ''])('refuses the function name "%s"', (name) => {
  expect(() => billing.subscription(name, { to: [Sold] })).toThrow('must be kebab-case');
});
