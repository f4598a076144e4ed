import { OrderPlaced } from '../../contracts/checkout';
import type { DataOf } from '../../contracts/contract';
import { StockRejected, StockReleased, StockReserved } from '../../contracts/inventory';
import { OrderCancelled, OrderCompleted, OrderConfirmed, OrderCreated } from '../../contracts/orders';
import { PaymentCompleted, PaymentFailed, PaymentRefunded } from '../../contracts/payments';
import { ShipmentDelivered, ShipmentDispatched } from '../../contracts/shipping';
import { consume } from '../runtime/consume';
import type { Work } from '../runtime/unit-of-work';
import { factsOf, order, summarised } from './order';
import { cancellationReason, type Decision, decide, type Facts } from './order-process';

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
    const ref = order(orderId);
    const before = await work.load(ref);
    const placed = event.name === 'OrderPlaced' ? event.data : before?.placed;
    const facts = { ...before?.facts, [event.name]: before?.facts[event.name] ?? event.metadata.occurredAt };
    const known = factsOf({ facts });
    const decisions = decide(known);
    for (const decision of decisions) {
      facts[decision] = work.now.toISOString();
      if (placed) publish(decision, placed, known, work);
    }
    work.put(ref, summarised({ orderId, placed, facts }));
  },
);

function publish(decision: Decision, placed: DataOf<typeof OrderPlaced>, facts: Facts, work: Work): void {
  const { orderId, customerId, lines, total } = placed;
  switch (decision) {
    case 'OrderCreated':
      work.emit(OrderCreated, { orderId, customerId, lines, total });
      break;
    case 'OrderConfirmed':
      work.emit(OrderConfirmed, { orderId, customerId, lines });
      break;
    case 'OrderCancelled':
      work.emit(OrderCancelled, { orderId, reason: cancellationReason(facts) });
      break;
    case 'OrderCompleted':
      work.emit(OrderCompleted, { orderId });
      break;
  }
}
