import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import {
  PROVIDER,
  reconcileBooks,
  reconciliation,
  recordOrder,
  recordPayment,
  startDaily,
} from '../../lambdas/reconciliation/service';
import { DiscrepancyAlarm } from '../broker/alarms/discrepancy-alarm';
import { ServiceStack, type ServiceStackProps } from '../broker/service-stack';

/** The books are compared a day later, so they wait for full batches, which cost less. */
const batchingWindow = Duration.seconds(20);

/** Reconciliation. Like payments, it finds the provider by the parameters `url` and `key`. */
export class ReconciliationStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, reconciliation, props);
    const environment = { PROVIDER_URL: this.importParameter(PROVIDER, 'url') };
    this.subscribe(recordOrder, { batchingWindow });
    this.subscribe(recordPayment, { batchingWindow });
    this.subscribe(reconcileBooks, {
      environment,
      // A page makes at most eleven calls to the provider, most of them side by side.
      timeout: Duration.seconds(60),
      // Five batches of ten pages: enough for a day of ten million entries, and few for the provider.
      maxConcurrency: 5,
    });
    this.schedule(startDaily, { every: Duration.minutes(15) });
    new DiscrepancyAlarm(this, 'Discrepancies');
  }
}
