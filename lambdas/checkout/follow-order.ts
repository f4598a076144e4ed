import { CallbackDelivered, CallbackFailed } from '../../contracts/callbacks';
import { StockRejected, StockReleased, StockReserved } from '../../contracts/inventory';
import { OrderCancelled, OrderCompleted, OrderConfirmed, OrderCreated } from '../../contracts/orders';
import { PaymentCompleted, PaymentDelayed, PaymentFailed, PaymentRefunded } from '../../contracts/payments';
import { ShipmentDelivered, ShipmentDispatched } from '../../contracts/shipping';
import { consume } from '../runtime/consume/consume';
import { follow, orderView } from './order-view';

export const handler = consume(
  [
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
  async (data, work, { name, metadata }) => {
    const ref = orderView(data.orderId);
    const view = await work.load(ref);
    // Checkout wrote the view before it published the first event: there is no order that it does not know but must follow.
    if (!view) return;
    const reason = 'reason' in data ? { reason: data.reason } : {};
    const callback = 'type' in data ? { callback: data.type } : {};
    work.put(ref, follow(view, { event: name, occurredAt: metadata.occurredAt, ...reason, ...callback }));
  },
);
