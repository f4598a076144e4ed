import { OrderPlaced } from '../../contracts/checkout';
import { StockRejected, StockReleased, StockReserved } from '../../contracts/inventory';
import { OrderCancelled, OrderCompleted, OrderConfirmed, OrderCreated, OrderDue } from '../../contracts/orders';
import { PaymentCompleted, PaymentFailed, PaymentRefunded } from '../../contracts/payments';
import { OrderResumeRequested } from '../../contracts/reconciliation';
import { ShipmentDelivered, ShipmentDispatched } from '../../contracts/shipping';
import { defineService } from '../runtime/declare/service';
import type { WorkOf } from '../runtime/work/work';
import type { Order } from './order';

/** The process manager: tracks the progress of every order and decides the next step. */
export const orders = defineService('orders');

export const orderTable = orders
  .table('orders', {
    key: 'orderId',
    indexes: { 'open-by-due': { key: 'open', sortKey: 'due', keysOnly: true } },
    inboxOf: ['advance-order'],
  })
  .of<Order>();

const advances = {
  emits: [OrderCreated, OrderConfirmed, OrderCancelled, OrderCompleted, OrderDue],
  uses: [orderTable],
} as const;

export const advanceOrder = orders.subscription('advance-order', {
  ...advances,
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
});

export const checkOrder = orders.subscription('check-order', { ...advances, to: [OrderDue] });

export const resumeOrder = orders.subscription('resume-order', { ...advances, to: [OrderResumeRequested] });

export const sweepOverdue = orders.schedule('sweep-overdue', advances);

/** The unit of work of every function that advances orders. */
export type OrderWork = WorkOf<typeof advanceOrder>;
