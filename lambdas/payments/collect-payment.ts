import { PaymentDelayed } from '../../contracts/payments';
import { degradation } from '../runtime/adapters/degradation';
import { consume } from '../runtime/consume/consume';
import type { HandlerOf } from '../runtime/delivery';
import { callProvider, nextAllowedStep, save } from './call-provider';
import { unknownPayment } from './payment';
import type { PaymentProvider } from './provider';
import { providerAdapters } from './provider-adapters';
import { provider } from './provider-client';
import { collectPayment, paymentTable } from './service';

const STEPS = ['charge', 'ruleOut', 'refund'] as const;

/** Collects the money of an order. If the order was cancelled in the meantime, rules the charge out. */
export const collectFrom = (bank: PaymentProvider) =>
  consume(
    collectPayment,
    async ({ orderId }, work) => {
      const before = await work.load(paymentTable(orderId), { orElse: unknownPayment(orderId) });
      save(await callProvider(before, STEPS, bank, work), work);
    },
    providerAdapters({ steps: STEPS, inOutage: degradation(publishDelay), likely: true }),
  );

/** Publishes that the payment is delayed. The order stays open. */
const publishDelay: HandlerOf<typeof collectPayment> = async ({ orderId }, work) => {
  const known = await work.load(paymentTable(orderId));
  // After a copy of the message was processed, or the order was cancelled, there is no charge to delay.
  if (known && nextAllowedStep(known, ['charge'])) work.emit(PaymentDelayed, { orderId });
};

export const handler = collectFrom(provider);
