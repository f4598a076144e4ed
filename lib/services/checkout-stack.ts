import type { Construct } from 'constructs';
import { checkout, followOrder, getOrder, placeOrder } from '../../lambdas/checkout/service';
import { ServiceStack, type ServiceStackProps } from '../broker/service-stack';

export class CheckoutStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, checkout, props);
    this.endpoint(placeOrder);
    this.endpoint(getOrder);
    this.subscribe(followOrder);
  }
}
