import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { callbacks, deliverCallback, notifyCustomer } from '../../lambdas/callbacks/service';
import { ServiceStack, type ServiceStackProps } from '../broker/service-stack';

export class CallbacksStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, callbacks, props);
    this.subscribe(notifyCustomer);
    this.subscribe(deliverCallback, {
      // At most 15 s for the webhook, and at most 10 s for the store before and after it.
      timeout: Duration.seconds(60),
      maxConcurrency: 20,
    });
  }
}
