import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import {
  CallbackDelivered,
  CallbackDue,
  CallbackFailed,
  OrderCancelled,
  OrderCompleted,
  OrderConfirmed,
  OrderPlaced,
  PaymentDelayed,
} from '../../contracts';
import { ServiceStack, type ServiceStackProps } from '../broker/service-stack';

/** Tells customers what becomes of their orders, by signed webhooks. */
export class CallbacksStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, 'callbacks', props);
    const uses = [this.table('callbacks', { partitionKey: 'orderId' })];
    const secrets = [this.sharedKey('webhook-signing')];
    this.subscribe('register-callback', { to: [OrderPlaced], emits: [CallbackDue], uses });
    this.subscribe('announce', {
      to: [PaymentDelayed, OrderConfirmed, OrderCancelled, OrderCompleted],
      emits: [CallbackDue],
      uses,
    });
    this.subscribe('deliver-callback', {
      to: [CallbackDue],
      emits: [CallbackDelivered, CallbackFailed, CallbackDue],
      uses,
      secrets,
      // The exchange may take 15 s, the store ten before and ten after.
      timeout: Duration.seconds(60),
      maxConcurrency: 20,
    });
  }
}
