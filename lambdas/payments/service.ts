import { OrderCancelled, OrderCreated } from '../../contracts/orders';
import {
  ChargeDue,
  PaymentCompleted,
  PaymentDelayed,
  PaymentFailed,
  PaymentProviderLost,
  PaymentProviderRegained,
  PaymentRecorded,
  PaymentRefunded,
  PaymentRequested,
} from '../../contracts/payments';
import { ChargeLookUpRequested } from '../../contracts/reconciliation';
import { defineService } from '../runtime/declare/service';
import type { WorkOf } from '../runtime/work/work';
import type { Payment } from './payment';
import { PROVIDER, ProviderCallback } from './provider';

/** Collects the money of orders, and refunds it, through a payment provider. */
export const payments = defineService('payments');

export const paymentTable = payments
  .table('payments', {
    key: 'orderId',
    inboxOf: ['request-payment', 'collect-payment', 'refund-payment', 'receive-callback'],
  })
  .of<Payment>();

/** The provider's API key, and the secret that it signs callbacks with. */
export const providerKey = payments.importedSecret('payment-provider-key', { from: PROVIDER, parameter: 'key' });
export const providerSigning = payments.importedSecret('payment-provider-signing', {
  from: PROVIDER,
  parameter: 'signing',
});

/** Facts arrive in any order, so every function of payments can make every decision. */
const decides = {
  emits: [PaymentRequested, PaymentCompleted, PaymentFailed, PaymentRefunded, PaymentRecorded, ChargeDue],
  uses: [paymentTable],
} as const;

export const requestPayment = payments.subscription('request-payment', { ...decides, to: [OrderCreated] });

const callsProvider = {
  ...decides,
  emits: [...decides.emits, PaymentProviderLost, PaymentProviderRegained],
  secrets: [providerKey],
  dependencies: [PROVIDER],
} as const;

export const collectPayment = payments.subscription('collect-payment', {
  ...callsProvider,
  to: [PaymentRequested],
  emits: [...callsProvider.emits, PaymentDelayed],
});

export const lookUpCharge = payments.subscription('look-up-charge', { ...callsProvider, to: [ChargeDue] });

export const refundPayment = payments.subscription('refund-payment', { ...callsProvider, to: [OrderCancelled] });

export const reviewPayment = payments.subscription('review-payment', { ...callsProvider, to: [ChargeLookUpRequested] });

export const receiveCallback = payments.endpoint('receive-callback', {
  route: 'POST /provider-callbacks',
  body: ProviderCallback,
  // The provider has no identity in this account. It signs its callbacks.
  authorization: 'handler',
  ...decides,
  inbox: ({ data }) => paymentTable(data.reference),
  secrets: [providerSigning],
});

/** The unit of work of every function of payments. */
export type PaymentWork = WorkOf<typeof requestPayment>;
