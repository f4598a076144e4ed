import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import {
  OrderCancelled,
  OrderCompleted,
  OrderConfirmed,
  OrderCreated,
  OrderDue,
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

/** How long orders wait on a developer's machine: a demo has no quarter of an hour. */
const LOCAL_PATIENCE = { PAYMENT_WINDOW_SECONDS: '120', PROGRESS_SECONDS: '30' };

/** The process manager: knows where every order got to, and decides what comes next. */
export class OrdersStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, 'orders', props);
    const orders = this.table('orders', {
      partitionKey: 'orderId',
      indexes: { 'open-by-due': { partitionKey: 'open', sortKey: 'due' } },
    });
    const common = {
      emits: [OrderCreated, OrderConfirmed, OrderCancelled, OrderCompleted, OrderDue],
      uses: [orders],
      environment: props.stage.name === 'local' ? LOCAL_PATIENCE : {},
    };
    this.subscribe('advance-order', {
      ...common,
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
    this.subscribe('check-order', { ...common, to: [OrderDue] });
    this.schedule('sweep-overdue', { ...common, every: Duration.minutes(5) });
  }
}
