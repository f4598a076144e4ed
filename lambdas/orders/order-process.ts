import type { CancellationReason } from '../../contracts/orders';
import { type ArrivalOf, type DecisionOf, defineProcess, type FactOf, type StatusOf } from '../runtime/process/process';

/** The order process. Its decisions are the events that `orders` publishes, its arrivals the events that it consumes. */
export const orderProcess = defineProcess({
  arrivals: {
    OrderPlaced: { all: [] },
    StockReserved: { all: ['OrderCreated'] },
    StockRejected: { all: ['OrderCreated'] },
    StockReleased: { all: ['StockReserved', 'OrderCancelled'] },
    PaymentCompleted: { all: ['OrderCreated'] },
    PaymentFailed: { all: ['OrderCreated'] },
    PaymentRefunded: { all: ['PaymentCompleted', 'OrderCancelled'] },
    PaymentOverdue: { all: ['OrderCreated'] },
    ShipmentDispatched: { all: ['OrderConfirmed'] },
    ShipmentDelivered: { all: ['ShipmentDispatched'] },
  },

  decisions: [
    { decide: 'OrderCreated', all: ['OrderPlaced'] },
    {
      decide: 'OrderCancelled',
      all: ['OrderCreated'],
      any: ['StockRejected', 'PaymentFailed', 'PaymentOverdue'],
      none: ['OrderConfirmed'],
    },
    { decide: 'OrderConfirmed', all: ['OrderCreated', 'StockReserved', 'PaymentCompleted'], none: ['OrderCancelled'] },
    { decide: 'OrderCompleted', all: ['OrderConfirmed', 'ShipmentDelivered'] },
  ],

  statuses: [
    { status: 'completed', all: ['OrderCompleted'], final: true },
    {
      status: 'cancelling',
      all: ['OrderCancelled'],
      // A service that never consumed the creation cannot answer the cancellation, so both are published again.
      waits: [
        { for: ['StockRejected', 'StockReleased'], from: ['OrderCreated', 'OrderCancelled'] },
        { for: ['PaymentFailed', 'PaymentRefunded'], from: ['OrderCreated', 'OrderCancelled'] },
      ],
      whenDone: 'cancelled',
    },
    {
      status: 'dispatched',
      all: ['OrderConfirmed', 'ShipmentDispatched'],
      waits: [{ for: ['ShipmentDelivered'], from: ['OrderConfirmed'] }],
    },
    {
      status: 'confirmed',
      all: ['OrderConfirmed'],
      waits: [{ for: ['ShipmentDispatched'], from: ['OrderConfirmed'] }],
    },
    {
      status: 'created',
      all: ['OrderCreated'],
      waits: [
        { for: ['StockReserved', 'StockRejected'], from: ['OrderCreated'] },
        { for: ['PaymentCompleted', 'PaymentFailed'], from: ['OrderCreated'] },
      ],
    },
    { status: 'unknown', all: [] },
  ],
});

export type Arrival = ArrivalOf<typeof orderProcess>;
export type Decision = DecisionOf<typeof orderProcess>;
export type Fact = FactOf<typeof orderProcess>;
export type Status = StatusOf<typeof orderProcess>;

/** Returns whether a cancelled order was shipped. No decision can undo a shipment, so an operator must act. */
export function isContradictory(facts: ReadonlySet<Fact>): boolean {
  return facts.has('OrderCancelled') && (facts.has('ShipmentDispatched') || facts.has('ShipmentDelivered'));
}

/** Returns the reason for a cancellation. */
export function cancellationReason(facts: ReadonlySet<Fact>): CancellationReason {
  if (facts.has('StockRejected')) return 'out-of-stock';
  return facts.has('PaymentFailed') ? 'payment-declined' : 'payment-overdue';
}
