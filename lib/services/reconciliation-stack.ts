import type { Construct } from 'constructs';
import { reconciliation, recordPayment } from '../../lambdas/reconciliation/service';
import { ServiceStack, type ServiceStackProps } from '../broker/service-stack';

export class ReconciliationStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, reconciliation, props);
    this.subscribe(recordPayment);
  }
}
