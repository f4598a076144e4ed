import { accept } from '../runtime/http/accept';
import { Problem } from '../runtime/http/http';
import { bankRoute } from './bank-route';
import { book, dayOf, show } from './charge';
import { bookings, charges, createRefund } from './service';

/** Refunds the full amount of a charge, once. */
const accepted = accept(createRefund, async ({ chargeId }, work) => {
  const ref = charges(chargeId);
  const known = await work.load(ref);
  if (!known) throw new Problem(404, 'not-found', 'There is no such charge');
  if (show(known, work.now).status !== 'succeeded') {
    throw new Problem(409, 'not-collected', 'The charge has not succeeded, so it cannot be refunded');
  }
  const refundedAt = known.refundedAt ?? work.now.toISOString();
  if (!known.refundedAt) {
    work.put(ref, { ...known, refundedAt });
    const line = book('refund', known, refundedAt);
    work.create(bookings(line.bookingId), line);
  }
  const { amount } = known;
  return { location: `/charges/${chargeId}`, body: { chargeId, amount, bookedOn: dayOf(refundedAt) } };
});

export const handler = bankRoute(createRefund, (request, { runtime }) => accepted.run(request, runtime));
