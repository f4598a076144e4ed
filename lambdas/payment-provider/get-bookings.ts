import { Identifier } from '../../contracts/core/text';
import { Problem } from '../runtime/http/http';
import { queryAll } from '../runtime/store/query-all';
import { bankRoute } from './bank-route';
import { type Booking, line } from './charge';
import { bookings, getBookings } from './service';

/** A response has at most 6 MB. */
const MOST = 10_000;

/** Returns all bookings of a reference, of any day. */
export const handler = bankRoute(getBookings, async ({ pathParameters }, { runtime: { store, now } }) => {
  const reference = Identifier.safeParse(pathParameters?.reference);
  if (!reference.success) throw new Problem(404, 'not-found', 'There is no such reference');
  const query = {
    table: bookings.name,
    index: 'by-reference',
    partition: { attribute: 'reference', value: reference.data },
    sort: { attribute: 'bookingId', upTo: '~' },
  };
  const found = (await queryAll(store, query, MOST)) as readonly Booking[];
  if (found.length > MOST) throw new Problem(422, 'too-many-bookings', `The reference has more than ${MOST} bookings`);
  const lines = found.filter(({ bookedAt }) => bookedAt <= now().toISOString()).map(line);
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ lines }) };
});
