import { OrderPlaced } from '../../contracts/checkout';
import { StockRejected, StockReleased, StockReserved } from '../../contracts/inventory';
import { PaymentCompleted, PaymentFailed, PaymentRefunded } from '../../contracts/payments';
import { ShipmentDelivered, ShipmentDispatched } from '../../contracts/shipping';
import { consume } from '../runtime/consume/consume';
import { advance } from './advance';
import { order, unknownOrder } from './order';

/** The process manager: adds what happened to what is known of the order, and decides what follows from it. */
export const handler = consume(
  [
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
  async ({ orderId }, work, event) => {
    const before = (await work.load(order(orderId))) ?? unknownOrder(orderId);
    const placed = event.name === 'OrderPlaced' ? event.data : before.placed;
    advance({ ...before, placed }, event.name, event.metadata.occurredAt, work);
  },
);
