import type { Construct } from 'constructs';
import { deliverShipment, dispatchShipment, shipping } from '../../lambdas/shipping/service';
import { ServiceStack, type ServiceStackProps } from '../broker/service-stack';

export class ShippingStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, shipping, props);
    this.subscribe(dispatchShipment);
    this.subscribe(deliverShipment);
  }
}
