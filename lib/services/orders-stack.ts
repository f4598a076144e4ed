import type { Construct } from 'constructs';
import {
  OrderCancelled,
  OrderCompleted,
  OrderConfirmed,
  OrderCreated,
  OrderPlaced,
  PaymentCompleted,
  PaymentFailed,
  PaymentRefunded,
  ShipmentDelivered,
  ShipmentDispatched,
  StockRejected,
  StockReleased,
  StockReserved,
} from '../../contracts';
import { ServiceStack, type ServiceStackProps } from '../broker/service-stack';

/** The process manager: knows where every order got to, and decides what comes next. */
export class OrdersStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, 'orders', props);
    const orders = this.table('orders', { partitionKey: 'orderId' });
    this.subscribe('advance-order', {
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
      emits: [OrderCreated, OrderConfirmed, OrderCancelled, OrderCompleted],
      uses: [orders],
    });
  }
}
