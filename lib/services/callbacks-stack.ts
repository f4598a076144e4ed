import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { callbacks, deliverCallback, notifyCustomer, registerCallback } from '../../lambdas/callbacks/service';
import { ServiceStack, type ServiceStackProps } from '../broker/service-stack';

export class CallbacksStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, callbacks, props);
    this.subscribe(registerCallback);
    this.subscribe(notifyCustomer);
    this.subscribe(deliverCallback, {
      // A webhook takes at most 15 s, the store ten seconds before and ten after it.
      timeout: Duration.seconds(60),
      maxConcurrency: 20,
    });
  }
}
