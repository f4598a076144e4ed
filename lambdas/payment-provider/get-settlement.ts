import * as z from 'zod/mini';
import { Identifier } from '../../contracts/core/text';
import { Problem } from '../runtime/http/http';
import type { Store } from '../runtime/store/store';
import { bankRoute } from './bank-route';
import { type Booking, dayOf, line } from './charge';
import { bookings, getSettlement } from './service';

const PAGE = 500;

const Parameters = z.object({
  date: z.iso.date(),
  /** The range of references: the first, and the first beyond it. */
  from: z.optional(Identifier),
  to: z.optional(Identifier),
  /** Only greater references. */
  after: z.optional(Identifier),
  limit: z._default(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(10_000)), PAGE),
});

/** Returns a page of the bank's books of a day, sorted by reference: the charges and refunds that it has carried out so far. */
export const handler = bankRoute(getSettlement, async (request, { runtime: { store, now } }) => {
  const parameters = Parameters.safeParse({ ...request.queryStringParameters, ...request.pathParameters });
  if (!parameters.success) {
    const errors = parameters.error.issues.map(({ path, message }) => ({ field: path.join('.'), detail: message }));
    throw new Problem(400, 'invalid-request', 'The request is not valid', errors);
  }
  const { date } = parameters.data;
  const at = now().toISOString();
  const { found, end } = await bookingsOf(store, parameters.data);
  // A booking is stored with its charge, before the outcome is due.
  const lines = found.filter(({ bookedAt }) => bookedAt <= at).map(line);
  const body = JSON.stringify({ date, closed: date < dayOf(at), lines, end });
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body };
});

async function bookingsOf(store: Store, { date, from = ' ', to, after, limit }: z.infer<typeof Parameters>) {
  const found: Booking[] = [];
  // `#` follows a reference in the key, and `$` sorts behind it. A page of an index is cut at 1 MB, so only an empty one is the last.
  for (let start = after === undefined ? from : `${after}$`; found.length < limit; ) {
    const page = (await store.query({
      table: bookings.name,
      index: 'by-day',
      partition: { attribute: 'bookedOn', value: date },
      sort: { attribute: 'settlementKey', from: start, upTo: to ?? '~' },
      limit: limit - found.length,
    })) as Booking[];
    if (page.length === 0) return { found, end: true };
    found.push(...page);
    start = `${found.at(-1)?.settlementKey}!`;
  }
  return { found, end: false };
}
