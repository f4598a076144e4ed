import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import {
  apiKey,
  bank,
  callbackSigning,
  createCharge,
  createRefund,
  getBookings,
  getCharge,
  getSettlement,
  ruleOutCharge,
  sendCallback,
  setSimulation,
} from '../../lambdas/payment-provider/service';
import { ServiceStack, type ServiceStackProps } from '../broker/service-stack';

/** A shorter time from a charge to its outcome, for the local stage. */
const LOCAL_PACE = { CHARGE_DELAY_SECONDS: '1' };

export class PaymentProviderStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, bank, props);
    this.endpoint(createCharge, { environment: props.stage.kind === 'local' ? LOCAL_PACE : {} });
    this.endpoint(getCharge);
    this.endpoint(ruleOutCharge);
    this.endpoint(createRefund);
    this.endpoint(getSettlement);
    this.endpoint(getBookings);
    this.endpoint(setSimulation);
    // The receiver can be unavailable for some minutes.
    this.subscribe(sendCallback, { backoff: { base: Duration.seconds(5), cap: Duration.minutes(10) } });

    this.publishParameter('url', this.apiUrl);
    this.publishParameter('key', this.secretArn(apiKey));
    this.publishParameter('signing', this.secretArn(callbackSigning));
  }
}
