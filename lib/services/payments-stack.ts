import type { Construct } from 'constructs';
import { PROVIDER } from '../../lambdas/payments/provider';
import {
  collectPayment,
  lookUpCharge,
  payments,
  receiveCallback,
  refundPayment,
  requestPayment,
  reviewPayment,
} from '../../lambdas/payments/service';
import { ServiceStack, type ServiceStackProps } from '../broker/service-stack';

/** Shorter waiting times for the local stage: after a lost callback, and during an outage. */
const LOCAL_PATIENCE = { FIRST_LOOK_SECONDS: '5', PROVIDER_PAUSE_SECONDS: '1' };

/**
 * Payments. The address of the payment provider and the secrets shared with it come from the SSM parameters `url`, `key` and
 * `signing` under `/event-broker/<stage>/payment-provider/`. The stack of the simulated bank writes them. For a real provider, its
 * operator does.
 */
export class PaymentsStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, payments, props);
    const environment = {
      PROVIDER_URL: this.importParameter(PROVIDER, 'url'),
      PROVIDER_CALLBACK_URL: `${this.apiUrl}/provider-callbacks`,
      ...(props.stage.kind === 'local' && LOCAL_PATIENCE),
    };
    this.subscribe(requestPayment);
    this.endpoint(receiveCallback);
    this.subscribe(collectPayment, { environment });
    this.subscribe(lookUpCharge, { environment });
    this.subscribe(refundPayment, { environment });
    this.subscribe(reviewPayment, { environment });
  }
}
