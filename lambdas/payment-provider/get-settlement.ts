import * as z from 'zod/mini';
import { Problem } from '../runtime/http/http';
import type { Store } from '../runtime/store/store';
import { bankRoute } from './bank-route';
import type { Booking } from './charge';
import { bookings, getSettlement } from './service';

const Day = z.iso.date();
const PAGE = 500;

/** Returns the bank's books of a day: the charges and refunds that it has carried out so far. */
export const handler = bankRoute(getSettlement, async ({ pathParameters }, { runtime: { store, now } }) => {
  const day = Day.safeParse(pathParameters?.date);
  if (!day.success) {
    throw new Problem(400, 'invalid-request', 'The request is not valid', [
      { field: 'date', detail: 'must be a date like 2026-01-31' },
    ]);
  }
  const booked = await bookingsOf(store, day.data, now());
  const lines = booked.map(({ kind, chargeId, reference, amount, bookedAt }) => ({
    kind,
    chargeId,
    reference,
    amount,
    bookedAt: bookedAt.split('#')[0],
  }));
  const body = JSON.stringify({ date: day.data, closed: day.data < now().toISOString().slice(0, 10), lines });
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body };
});

async function bookingsOf(store: Store, day: string, now: Date): Promise<Booking[]> {
  const found: Booking[] = [];
  // A booking is stored with its charge, before the outcome is due. Later bookings of today are not shown yet.
  const upTo = `${now.toISOString()}#~`;
  for (let from = ''; ; from = `${found.at(-1)?.bookedAt}!`) {
    const page = (await store.query({
      table: bookings.name,
      index: 'by-day',
      partition: { attribute: 'bookedOn', value: day },
      sort: { attribute: 'bookedAt', from, upTo },
      limit: PAGE,
    })) as Booking[];
    found.push(...page);
    if (page.length === 0) return found;
  }
}
