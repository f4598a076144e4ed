import { PaymentRequested } from '../../contracts/payments';
import { deferInOutage } from '../runtime/adapters/defer-in-outage';
import { consume } from '../runtime/consume';
import { payment, unknownPayment } from './payment';
import { keep, proceed } from './proceed';
import type { PaymentProvider } from './provider';
import { provider } from './provider-client';

/** Has an order's money collected; if the order was cancelled meanwhile, makes sure that it is not. */
export const collectPayment = (bank: PaymentProvider) =>
  consume(
    PaymentRequested,
    async ({ orderId }, work) => {
      const before = (await work.load(payment(orderId))) ?? unknownPayment(orderId);
      keep(await proceed(before, ['charge', 'ruleOut', 'refund'], bank, work), work);
    },
    [deferInOutage()],
  );

export const handler = collectPayment(provider);
