import * as z from 'zod/mini';
import { defineEvent } from '../../../contracts/core/contract';
import type { Use } from '../../../local/emulator/usage';
import { leaveOut, type Subscribed } from '../../bench/leave-out';

const schema = z.object({ id: z.string() });
const contract = (name: string, channel: 'bus' | 'topic' | 'reminder' = 'bus', owner = 'shop') =>
  defineEvent({ name, owner, version: 1, channel, schema });

/** A shop whose books and till follow its events. */
const subscribed: Subscribed = {
  contracts: [
    contract('Sold'),
    contract('Counted'),
    contract('Lost'),
    contract('Due', 'reminder'),
    contract('Paid', 'topic'),
    contract('Weighed', 'topic', 'scales'),
  ],
  services: [
    { service: 'books', subscriptions: [{ to: ['shop.Sold', 'shop.Counted', 'shop.Paid', 'scales.Weighed'] }] },
    { service: 'till', subscriptions: [{ to: ['shop.Sold', 'shop.Due'] }, { to: ['scales.Weighed'] }] },
  ],
};

const published = (...names: string[]): Use => ({
  kind: 'events',
  by: 'shop.relay',
  operation: 'PutEvents',
  entries: names.map((name) => ({ source: 'shop', name, bytes: 500 })),
});
const sentToTopic = (by: string): Use => ({ kind: 'topic', by, operation: 'PublishBatch', bytes: 500 });
const withoutBooks = (...uses: Use[]) => leaveOut(new Set(['books']), uses, subscribed);

test('leaves out the events to which nobody but the observers subscribes', () => {
  expect(withoutBooks(published('Sold', 'Counted'), published('Counted'))).toEqual([published('Sold')]);
});

test('keeps the events to which nobody subscribes: their publisher does not know', () => {
  expect(withoutBooks(published('Lost'))).toEqual([published('Lost')]);
});

test('leaves out what announces reminders, which are no events of the bus', () => {
  expect(withoutBooks(published('Due'))).toEqual([]);
});

test('leaves out the topic of a service to which nobody else subscribes', () => {
  expect(withoutBooks(sentToTopic('shop.relay'), sentToTopic('scales.relay'))).toEqual([sentToTopic('scales.relay')]);
});

test('leaves out nothing but announcements when the observers subscribe to nothing', () => {
  const all = [published('Sold', 'Counted'), sentToTopic('shop.relay')];
  expect(leaveOut(new Set(['journal']), [...all, published('Due')], subscribed)).toEqual(all);
});
