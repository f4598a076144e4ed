import { CallbackDelivered, CallbackFailed } from '../../contracts/callbacks';
import { CallbackRequested, OrderPlaced } from '../../contracts/checkout';
import { StockRejected, StockReleased, StockReserved } from '../../contracts/inventory';
import { OrderCancelled, OrderCompleted, OrderConfirmed, OrderCreated } from '../../contracts/orders';
import { PaymentCompleted, PaymentDelayed, PaymentFailed, PaymentRefunded } from '../../contracts/payments';
import { ShipmentDelivered, ShipmentDispatched } from '../../contracts/shipping';
import { defineService } from '../runtime/declare/service';
import { OrderRequest } from './order-request';
import type { OrderView } from './order-view';

/** Accepts orders, returns their progress from its own view, and requests the callbacks that customers want. */
export const checkout = defineService('checkout');

export const orderViews = checkout.table('order-views', { key: 'orderId', inboxOf: ['follow-order'] }).of<OrderView>();

export const placeOrder = checkout.endpoint('place-order', {
  route: 'POST /orders',
  body: OrderRequest,
  emits: [OrderPlaced],
  uses: [orderViews],
});

export const getOrder = checkout.endpoint('get-order', { route: 'GET /orders/{orderId}', uses: [orderViews] });

export const followOrder = checkout.subscription('follow-order', {
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
  emits: [CallbackRequested],
  uses: [orderViews],
});
