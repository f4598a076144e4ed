import { Identifier } from '../../contracts/core/text';
import { Problem } from '../runtime/http/http';
import { bankRoute } from './bank-route';
import { type Booking, line } from './charge';
import { bookings, getBookings } from './service';

const MOST = 100;

/** Returns the bookings of a reference, of any day: the charge and its refund. */
export const handler = bankRoute(getBookings, async ({ pathParameters }, { runtime: { store, now } }) => {
  const reference = Identifier.safeParse(pathParameters?.reference);
  if (!reference.success) throw new Problem(404, 'not-found', 'There is no such reference');
  const found = (await store.query({
    table: bookings.name,
    index: 'by-reference',
    partition: { attribute: 'reference', value: reference.data },
    sort: { attribute: 'bookingId', upTo: '~' },
    limit: MOST,
  })) as readonly Booking[];
  const lines = found.filter(({ bookedAt }) => bookedAt <= now().toISOString()).map(line);
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ lines }) };
});
