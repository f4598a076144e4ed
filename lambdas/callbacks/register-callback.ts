import { consume } from '../runtime/consume/consume';
import { register } from './callbacks';
import { paceOf } from './pace';
import { loadCallbacks, saveChange } from './save-change';
import { registerCallback } from './service';

/** Stores the customer's callback URL, or that there is none. */
export const handler = consume(registerCallback, async ({ orderId, callbackUrl }, work) => {
  const before = await loadCallbacks(orderId, work);
  saveChange(before, register(before, callbackUrl, work.now, paceOf()), work);
});
