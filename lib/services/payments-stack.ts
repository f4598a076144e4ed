import type { Construct } from 'constructs';
import {
  ChargeDue,
  OrderCancelled,
  OrderCreated,
  PaymentCompleted,
  PaymentDelayed,
  PaymentFailed,
  PaymentProviderLost,
  PaymentProviderRegained,
  PaymentRecorded,
  PaymentRefunded,
  PaymentRequested,
} from '../../contracts';
import { ServiceStack, type ServiceStackProps } from '../broker/service-stack';

/** A developer does not want to wait for minutes until a callback that was lost on purpose, or an outage, is over. */
const LOCAL_PATIENCE = { FIRST_LOOK_SECONDS: '5', PROVIDER_PAUSE_SECONDS: '1' };

/**
 * Collects the money of orders, and gives it back, by a payment provider. Where that is, and which secrets are shared with it,
 * is read from parameters below `/event-broker/<stage>/payment-provider/`: the simulated bank's stack writes them, or, where
 * there is a real provider, its operator does: `url` (its address), `key` and `signing` (ARNs of secrets).
 */
export class PaymentsStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, 'payments', props);
    const uses = [this.table('payments', { partitionKey: 'orderId' })];
    const shared = (name: string) => ({
      name: `payment-provider-${name}`,
      secret: { secretArn: this.announced('payment-provider', name) },
    });

    this.subscribe('request-payment', { to: [OrderCreated], emits: [PaymentRequested, PaymentFailed], uses });
    this.endpoint('receive-callback', 'POST /provider-callbacks', {
      // The provider has no identity here, but signs what it says.
      authorization: 'handler',
      emits: [PaymentCompleted, PaymentFailed, PaymentRecorded, ChargeDue],
      uses,
      secrets: [shared('signing')],
    });
    const asksProvider = {
      emits: [
        PaymentCompleted,
        PaymentFailed,
        PaymentRefunded,
        PaymentRecorded,
        ChargeDue,
        PaymentProviderLost,
        PaymentProviderRegained,
      ],
      uses,
      secrets: [shared('key')],
      dependencies: ['payment-provider'],
      environment: {
        PROVIDER_URL: this.announced('payment-provider', 'url'),
        PROVIDER_CALLBACK_URL: `${this.apiUrl}/provider-callbacks`,
        ...(props.stage.name === 'local' && LOCAL_PATIENCE),
      },
    };
    this.subscribe('collect-payment', {
      to: [PaymentRequested],
      ...asksProvider,
      emits: [...asksProvider.emits, PaymentDelayed],
    });
    this.subscribe('look-up-charge', { to: [ChargeDue], ...asksProvider });
    this.subscribe('refund-payment', { to: [OrderCancelled], ...asksProvider });
  }
}
