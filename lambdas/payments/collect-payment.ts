import { PaymentDelayed, PaymentRequested } from '../../contracts/payments';
import { degradation } from '../runtime/adapters/degradation';
import { consume } from '../runtime/consume/consume';
import type { Handler } from '../runtime/delivery';
import { callProvider, save, stepToAsk } from './call-provider';
import { payment, unknownPayment } from './payment';
import type { PaymentProvider } from './provider';
import { providerAdapters } from './provider-adapters';
import { provider } from './provider-client';

const STEPS = ['charge', 'ruleOut', 'refund'] as const;

/** Has an order's money collected; if the order was cancelled meanwhile, makes sure that it is not. */
export const collectPayment = (bank: PaymentProvider) =>
  consume(
    PaymentRequested,
    async ({ orderId }, work) => {
      const before = (await work.load(payment(orderId))) ?? unknownPayment(orderId);
      save(await callProvider(before, STEPS, bank, work), work);
    },
    providerAdapters({ steps: STEPS, inOutage: degradation(tellTheCustomer) }),
  );

/** The order stays open, and its customer hears that the money is collected later. */
const tellTheCustomer: Handler<typeof PaymentRequested> = async ({ orderId }, work) => {
  const known = await work.load(payment(orderId));
  // A copy of the message may have got through, or the order may have been cancelled: then there is nothing to wait for.
  if (known && stepToAsk(known, ['charge'])) work.emit(PaymentDelayed, { orderId });
};

export const handler = collectPayment(provider);
