import type { Construct } from 'constructs';
import {
  OrderCancelled,
  OrderCreated,
  PaymentCompleted,
  PaymentFailed,
  PaymentRefunded,
  PaymentRequested,
} from '../../contracts';
import { ServiceStack, type ServiceStackProps } from '../broker/service-stack';

/** Collects the money of orders, and gives it back. */
export class PaymentsStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, 'payments', props);
    const uses = [this.table('payments', { partitionKey: 'orderId' })];
    this.subscribe('request-payment', { to: [OrderCreated], emits: [PaymentRequested, PaymentFailed], uses });
    this.subscribe('collect-payment', { to: [PaymentRequested], emits: [PaymentCompleted, PaymentFailed], uses });
    this.subscribe('refund-payment', { to: [OrderCancelled], emits: [PaymentRefunded], uses });
  }
}
