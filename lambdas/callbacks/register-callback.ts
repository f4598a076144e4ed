import { OrderPlaced } from '../../contracts/checkout';
import { consume } from '../runtime/consume/consume';
import { register } from './callbacks';
import { paceOf } from './pace';
import { load, stage } from './stage';

/** Keeps where the customer wants to be called, or that nowhere. */
export const handler = consume(OrderPlaced, async ({ orderId, callbackUrl }, work) => {
  const before = await load(orderId, work);
  stage(before, register(before, callbackUrl, work.now, paceOf()), work);
});
