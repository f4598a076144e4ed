import { ChargeDue } from '../../contracts/payments';
import { deferInOutage } from '../runtime/adapters/defer-in-outage';
import { consume } from '../runtime/consume';
import { payment } from './payment';
import { keep, proceed } from './proceed';
import type { PaymentProvider } from './provider';
import { provider } from './provider-client';

/**
 * Asks the provider what became of a charge whose callback has not come, and gives back what came too late. A reminder that
 * comes late, twice, or after all is settled does nothing.
 */
export const lookUpCharge = (bank: PaymentProvider) =>
  consume(
    ChargeDue,
    async ({ orderId, look }, work) => {
      const before = await work.load(payment(orderId));
      if (!before) return;
      const after = await proceed(before, ['lookUp', 'refund'], bank, work, look);
      if (after !== before) keep(after, work);
    },
    [deferInOutage()],
  );

export const handler = lookUpCharge(provider);
