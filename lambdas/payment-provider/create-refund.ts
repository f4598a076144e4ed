import * as z from 'zod/mini';
import { Identifier } from '../../contracts/values';
import { accept } from '../runtime/http/accept';
import { Problem } from '../runtime/http/http';
import { bankRoute } from './bank-route';
import { book, booking, charge, dayOf, show } from './charge';

const RefundRequest = z.object({ chargeId: Identifier });

/** Gives back all of a charge, once. */
export const acceptor = accept(RefundRequest, async ({ chargeId }, work) => {
  const ref = charge(chargeId);
  const known = await work.load(ref);
  if (!known) throw new Problem(404, 'not-found', 'There is no such charge');
  if (show(known, work.now).status !== 'succeeded') {
    throw new Problem(409, 'not-collected', 'The charge has not been collected, so nothing can be given back');
  }
  const refundedAt = known.refundedAt ?? work.now.toISOString();
  if (!known.refundedAt) {
    work.put(ref, { ...known, refundedAt });
    const line = book('refund', known, refundedAt);
    await work.load(booking(line.bookingId));
    work.put(booking(line.bookingId), line);
  }
  const { amount } = known;
  return { location: `/charges/${chargeId}`, body: { chargeId, amount, bookedOn: dayOf(refundedAt) } };
});

export const handler = bankRoute((request, { worker, runtime }) => acceptor.run(request, worker, runtime));
