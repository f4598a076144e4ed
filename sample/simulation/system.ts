import type { EventContract } from '../../contracts';
import * as contracts from '../../contracts';
import { handler as announce } from '../../lambdas/callbacks/announce';
import { deliverCallback } from '../../lambdas/callbacks/deliver-callback';
import { paceOf } from '../../lambdas/callbacks/pace';
import { handler as registerCallback } from '../../lambdas/callbacks/register-callback';
import { handler as followOrder } from '../../lambdas/checkout/follow-order';
import { handler as placeOrder } from '../../lambdas/checkout/place-order';
import { handler as releaseStock } from '../../lambdas/inventory/release-stock';
import { handler as reserveStock } from '../../lambdas/inventory/reserve-stock';
import { handler as advanceOrder } from '../../lambdas/orders/advance-order';
import { handler as checkOrder } from '../../lambdas/orders/check-order';
import type { Order } from '../../lambdas/orders/order';
import { handler as sweepOverdue } from '../../lambdas/orders/sweep-overdue';
import { sendCallback } from '../../lambdas/payment-provider/send-callback';
import { collectPayment } from '../../lambdas/payments/collect-payment';
import { lookUpCharge } from '../../lambdas/payments/look-up-charge';
import { refundPayment } from '../../lambdas/payments/refund-payment';
import { handler as requestPayment } from '../../lambdas/payments/request-payment';
import { handler as recordPayment } from '../../lambdas/reconciliation/record-payment';
import type { Consumer } from '../../lambdas/runtime/consume/consume';
import type { Acceptor } from '../../lambdas/runtime/http/accept';
import type { Scheduled } from '../../lambdas/runtime/schedule/scheduled';
import { handler as deliverShipment } from '../../lambdas/shipping/deliver-shipment';
import { handler as dispatchShipment } from '../../lambdas/shipping/dispatch-shipment';
import type { SimulatedServices } from '../../test/simulation/services';
import type { SimulatedRuntime } from '../../test/simulation/world';
import { BANK } from './bank';
import { receive } from './receiver';

/** A subscription of the deployed system: the real handler, and what its stack says of it. */
export interface SimulatedSubscription {
  readonly service: string;
  /** `<service>.<subscription>` */
  readonly name: string;
  readonly handler: Consumer;
  readonly to: readonly EventContract[];
  readonly emits: readonly EventContract[];
}

const {
  CallbackDelivered,
  CallbackDue,
  CallbackFailed,
  ChargeCallbackDue,
  ChargeDue,
  OrderCancelled,
  OrderCompleted,
  OrderConfirmed,
  OrderCreated,
  OrderDue,
  OrderPlaced,
  PaymentCompleted,
  PaymentDelayed,
  PaymentFailed,
  PaymentProviderLost,
  PaymentProviderRegained,
  PaymentRecorded,
  PaymentRefunded,
  PaymentRequested,
  ShipmentDelivered,
  ShipmentDispatched,
  StockRejected,
  StockReleased,
  StockReserved,
} = contracts;

/** What those of payments' subscriptions emit that ask the provider. */
const asksProvider = [
  PaymentCompleted,
  PaymentFailed,
  PaymentRefunded,
  PaymentRecorded,
  ChargeDue,
  PaymentProviderLost,
  PaymentProviderRegained,
];

/** All subscriptions. A test holds them against the manifests of the synthesised app. */
export const subscriptions: readonly SimulatedSubscription[] = [
  subscription('orders', 'advance-order', advanceOrder, {
    to: [
      OrderPlaced,
      StockReserved,
      StockRejected,
      StockReleased,
      PaymentCompleted,
      PaymentFailed,
      PaymentRefunded,
      ShipmentDispatched,
      ShipmentDelivered,
    ],
    emits: [OrderCreated, OrderConfirmed, OrderCancelled, OrderCompleted, OrderDue],
  }),
  subscription('orders', 'check-order', checkOrder, {
    to: [OrderDue],
    emits: [OrderCreated, OrderConfirmed, OrderCancelled, OrderCompleted, OrderDue],
  }),
  subscription('inventory', 'reserve-stock', reserveStock, {
    to: [OrderCreated],
    emits: [StockReserved, StockRejected],
  }),
  subscription('inventory', 'release-stock', releaseStock, { to: [OrderCancelled], emits: [StockReleased] }),
  subscription('payments', 'request-payment', requestPayment, {
    to: [OrderCreated],
    emits: [PaymentRequested, PaymentFailed],
  }),
  subscription(
    'payments',
    'collect-payment',
    withOutside(({ provider }) => collectPayment(provider)),
    {
      to: [PaymentRequested],
      emits: [...asksProvider, PaymentDelayed],
    },
  ),
  subscription(
    'payments',
    'look-up-charge',
    withOutside(({ provider }) => lookUpCharge(provider)),
    { to: [ChargeDue], emits: asksProvider },
  ),
  subscription(
    'payments',
    'refund-payment',
    withOutside(({ provider }) => refundPayment(provider)),
    {
      to: [OrderCancelled],
      emits: asksProvider,
    },
  ),
  subscription(
    BANK,
    'send-callback',
    withOutside((runtime) => sendCallback(runtime.outside)),
    {
      to: [ChargeCallbackDue],
      emits: [],
    },
  ),
  subscription('reconciliation', 'record-payment', recordPayment, { to: [PaymentRecorded], emits: [] }),
  subscription('shipping', 'dispatch-shipment', dispatchShipment, {
    to: [OrderConfirmed],
    emits: [ShipmentDispatched],
  }),
  subscription('shipping', 'deliver-shipment', deliverShipment, {
    to: [ShipmentDispatched],
    emits: [ShipmentDelivered],
  }),
  subscription('checkout', 'follow-order', followOrder, {
    to: [
      OrderCreated,
      StockReserved,
      StockRejected,
      StockReleased,
      PaymentDelayed,
      PaymentCompleted,
      PaymentFailed,
      PaymentRefunded,
      OrderConfirmed,
      OrderCancelled,
      ShipmentDispatched,
      ShipmentDelivered,
      OrderCompleted,
      CallbackDelivered,
      CallbackFailed,
    ],
    emits: [],
  }),
  subscription('callbacks', 'register-callback', registerCallback, { to: [OrderPlaced], emits: [CallbackDue] }),
  subscription('callbacks', 'announce', announce, {
    to: [PaymentDelayed, OrderConfirmed, OrderCancelled, OrderCompleted],
    emits: [CallbackDue],
  }),
  subscription(
    'callbacks',
    'deliver-callback',
    deliverCallback({ send: receive, random: () => 0.5, pace: () => paceOf('prod') }),
    { to: [CallbackDue], emits: [CallbackDelivered, CallbackFailed, CallbackDue] },
  ),
];

/** The endpoint that orders come in by. */
export const endpoint: { service: string; name: string; handler: Acceptor; emits: readonly EventContract[] } = {
  service: 'checkout',
  name: 'checkout.place-order',
  handler: placeOrder,
  emits: [OrderPlaced],
};

/** What runs by the clock. A test holds it against the manifests, too. */
export interface SimulatedSchedule {
  readonly service: string;
  /** `<service>.<schedule>` */
  readonly name: string;
  readonly handler: Scheduled;
  readonly everySeconds: number;
  readonly emits: readonly EventContract[];
  /** Whether it has anything to look for: nobody waits for the clock to find nothing. */
  isNeeded(services: SimulatedServices): boolean;
}

export const schedules: readonly SimulatedSchedule[] = [
  {
    service: 'orders',
    name: 'orders.sweep-overdue',
    handler: sweepOverdue,
    everySeconds: 5 * 60,
    emits: [OrderCreated, OrderConfirmed, OrderCancelled, OrderCompleted, OrderDue],
    isNeeded: (services) => services.items<Order>('orders', 'orders').some(({ due }) => due !== undefined),
  },
];

function subscription(
  service: string,
  name: string,
  handler: Consumer,
  { to, emits }: Pick<SimulatedSubscription, 'to' | 'emits'>,
): SimulatedSubscription {
  return { service, name: `${service}.${name}`, handler, to, emits };
}

/** A consumer that has to do with what is outside, in the world that it runs in. */
function withOutside(make: (runtime: SimulatedRuntime) => Consumer): Consumer {
  const run: Consumer['run'] = (batch, one, runtime) => make(runtime as SimulatedRuntime).run(batch, one, runtime);
  const unused = (): never => {
    throw new Error('The simulation runs consumers by their run().');
  };
  return Object.assign(unused, { run });
}
