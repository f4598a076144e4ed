import { PaymentDelayed } from '../../contracts/payments';
import { degradation } from '../runtime/adapters/degradation';
import { consume } from '../runtime/consume/consume';
import type { HandlerOf } from '../runtime/delivery';
import { callProvider, save, stepToAsk } from './call-provider';
import { unknownPayment } from './payment';
import type { PaymentProvider } from './provider';
import { providerAdapters } from './provider-adapters';
import { provider } from './provider-client';
import { collectPayment, paymentTable } from './service';

const STEPS = ['charge', 'ruleOut', 'refund'] as const;

/** Collects the money of an order. If the order was cancelled meanwhile, rules the charge out. */
export const collectFrom = (bank: PaymentProvider) =>
  consume(
    collectPayment,
    async ({ orderId }, work) => {
      const before = await work.load(paymentTable(orderId), { orElse: unknownPayment(orderId) });
      save(await callProvider(before, STEPS, bank, work), work);
    },
    providerAdapters({ steps: STEPS, inOutage: degradation(reportDelay) }),
  );

/** Keeps the order open, and publishes that its payment is delayed. */
const reportDelay: HandlerOf<typeof collectPayment> = async ({ orderId }, work) => {
  const known = await work.load(paymentTable(orderId));
  // Another copy of the message may have been processed, or the order cancelled: then nothing is delayed.
  if (known && stepToAsk(known, ['charge'])) work.emit(PaymentDelayed, { orderId });
};

export const handler = collectFrom(provider);
