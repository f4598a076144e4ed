import type { EventContract } from '../../contracts';
import * as contracts from '../../contracts';
import { handler as followOrder } from '../../lambdas/checkout/follow-order';
import { handler as placeOrder } from '../../lambdas/checkout/place-order';
import { handler as releaseStock } from '../../lambdas/inventory/release-stock';
import { handler as reserveStock } from '../../lambdas/inventory/reserve-stock';
import { handler as advanceOrder } from '../../lambdas/orders/advance-order';
import { handler as checkOrder } from '../../lambdas/orders/check-order';
import { handler as collectPayment } from '../../lambdas/payments/collect-payment';
import { handler as refundPayment } from '../../lambdas/payments/refund-payment';
import { handler as requestPayment } from '../../lambdas/payments/request-payment';
import type { Acceptor } from '../../lambdas/runtime/accept';
import type { Consumer } from '../../lambdas/runtime/consume';
import { handler as deliverShipment } from '../../lambdas/shipping/deliver-shipment';
import { handler as dispatchShipment } from '../../lambdas/shipping/dispatch-shipment';

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
  CallbackFailed,
  OrderCancelled,
  OrderCompleted,
  OrderConfirmed,
  OrderCreated,
  OrderDue,
  OrderPlaced,
  PaymentCompleted,
  PaymentFailed,
  PaymentRefunded,
  PaymentRequested,
  ShipmentDelivered,
  ShipmentDispatched,
  StockRejected,
  StockReleased,
  StockReserved,
} = contracts;

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
  subscription('payments', 'collect-payment', collectPayment, {
    to: [PaymentRequested],
    emits: [PaymentCompleted, PaymentFailed],
  }),
  subscription('payments', 'refund-payment', refundPayment, { to: [OrderCancelled], emits: [PaymentRefunded] }),
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
];

/** The endpoint that orders come in by. */
export const endpoint: { service: string; name: string; handler: Acceptor; emits: readonly EventContract[] } = {
  service: 'checkout',
  name: 'checkout.place-order',
  handler: placeOrder,
  emits: [OrderPlaced],
};

function subscription(
  service: string,
  name: string,
  handler: Consumer,
  { to, emits }: Pick<SimulatedSubscription, 'to' | 'emits'>,
): SimulatedSubscription {
  return { service, name: `${service}.${name}`, handler, to, emits };
}
