import type { Construct } from 'constructs';
import {
  CallbackDelivered,
  CallbackFailed,
  OrderCancelled,
  OrderCompleted,
  OrderConfirmed,
  OrderCreated,
  OrderPlaced,
  PaymentCompleted,
  PaymentDelayed,
  PaymentFailed,
  PaymentRefunded,
  ShipmentDelivered,
  ShipmentDispatched,
  StockRejected,
  StockReleased,
  StockReserved,
} from '../../contracts';
import { ServiceStack, type ServiceStackProps } from '../broker/service-stack';

/** Takes orders, and shows what became of them from a view of its own. */
export class CheckoutStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, 'checkout', props);
    const views = this.table('order-views', { partitionKey: 'orderId' });
    this.endpoint('place-order', 'POST /orders', { emits: [OrderPlaced], uses: [views] });
    this.endpoint('get-order', 'GET /orders/{orderId}', { uses: [views], readOnly: true });
    this.subscribe('follow-order', {
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
      uses: [views],
    });
  }
}
