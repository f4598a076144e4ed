import { consume } from '../runtime/consume/consume';
import { notify } from './callbacks';
import { paceOf } from './pace';
import { saveChange } from './save-change';
import { callbackTable, notifyCustomer } from './service';

/** Schedules the callback for an event of an order. */
export const handler = consume(notifyCustomer, async ({ orderId, callbackUrl, ...notification }, work) => {
  const before = await work.load(callbackTable(orderId), { orElse: { orderId, callbackUrl, byType: {} } });
  saveChange(before, notify(before, notification, work.now, paceOf()), work);
});
