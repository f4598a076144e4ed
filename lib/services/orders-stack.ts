import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { advanceOrder, checkOrder, orders, resumeOrder, sweepOverdue } from '../../lambdas/orders/service';
import { ServiceStack, type ServiceStackProps } from '../broker/service-stack';

/** Shorter waiting times for the local stage. */
const LOCAL_PATIENCE = { PAYMENT_WINDOW_SECONDS: '120', PROGRESS_SECONDS: '30' };

export class OrdersStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, orders, props);
    const environment = props.stage.kind === 'local' ? LOCAL_PATIENCE : {};
    this.subscribe(advanceOrder, { environment });
    this.subscribe(checkOrder, { environment });
    this.subscribe(resumeOrder, { environment });
    this.schedule(sweepOverdue, { every: Duration.minutes(5), environment });
  }
}
