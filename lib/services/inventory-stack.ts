import type { Construct } from 'constructs';
import { inventory, releaseStock, reserveStock, seedStock } from '../../lambdas/inventory/service';
import { ServiceStack, type ServiceStackProps } from '../broker/service-stack';

export class InventoryStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, inventory, props);
    this.subscribe(reserveStock, { maxConcurrency: 20 });
    this.subscribe(releaseStock);
    this.onDeploy(seedStock);
  }
}
