import { ChargeCallbackDue } from '../../contracts/payment-provider';
import { defineService } from '../runtime/declare/service';
import type { WorkOf } from '../runtime/work/work';
import type { Booking, Charge } from './charge';
import { CancellationRequest, ChargeRequest, RefundRequest } from './requests';
import { BankSimulation } from './simulation';

/**
 * A simulated bank for all stages but prod. It stands in for an external provider: merchants call it over HTTP with an API key,
 * and it sends them callbacks. It publishes nothing on the bus.
 */
export const bank = defineService('payment-provider');

export const charges = bank.table('charges', { key: 'chargeId' }).of<Charge>();
export const bookings = bank
  .table('bookings', {
    key: 'bookingId',
    indexes: {
      'by-day': { key: 'bookedOn', sortKey: 'settlementKey' },
      'by-reference': { key: 'reference', sortKey: 'bookingId' },
    },
  })
  .of<Booking>();
export const simulations = bank.table('simulation', { key: 'id' }).of<BankSimulation>();

export const apiKey = bank.sharedKey('key');
export const callbackSigning = bank.sharedKey('signing');

/** Merchants have an API key, and no identity in the bank's AWS account. */
const byKey = { authorization: 'handler', secrets: [apiKey] } as const;

export const createCharge = bank.endpoint('create-charge', {
  route: 'POST /charges',
  body: ChargeRequest,
  authorization: 'handler',
  secrets: [apiKey, callbackSigning],
  emits: [ChargeCallbackDue],
  uses: [charges, bookings, simulations],
});

export const getCharge = bank.endpoint('get-charge', {
  ...byKey,
  route: 'GET /charges/{chargeId}',
  uses: [charges, simulations],
});

export const ruleOutCharge = bank.endpoint('rule-out-charge', {
  ...byKey,
  route: 'POST /cancellations',
  body: CancellationRequest,
  uses: [charges, simulations],
});

export const createRefund = bank.endpoint('create-refund', {
  ...byKey,
  route: 'POST /refunds',
  body: RefundRequest,
  uses: [charges, bookings, simulations],
});

export const getSettlement = bank.endpoint('get-settlement', {
  ...byKey,
  route: 'GET /settlements/{date}',
  uses: [bookings, simulations],
});

export const getBookings = bank.endpoint('get-bookings', {
  ...byKey,
  route: 'GET /bookings/{reference}',
  uses: [bookings, simulations],
});

export const setSimulation = bank.endpoint('set-simulation', {
  ...byKey,
  route: 'PUT /simulation',
  body: BankSimulation,
  uses: [simulations],
});

export const sendCallback = bank.subscription('send-callback', {
  to: [ChargeCallbackDue],
  uses: [charges, simulations],
  secrets: [callbackSigning],
});

export type ChargeWork = WorkOf<typeof createCharge>;
