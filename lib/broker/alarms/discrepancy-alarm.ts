import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { metricNames, NAMESPACE } from '../../../lambdas/runtime/metrics';
import { StageStack } from '../stage-stack';
import { watch } from './alarms';

/** Longer than the interval of the schedule that counts open discrepancies, so that the alarm stays until a count is zero. */
const COUNTED_WITHIN = Duration.minutes(30);

/** An alarm while a discrepancy is open: neither repaired nor acknowledged. Belongs to the stack of a service that reconciles. */
export class DiscrepancyAlarm extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const { deploymentStage: stage, owner: service } = StageStack.of(this);
    watch(this, 'OpenAlarm', {
      metric: new Metric({
        namespace: NAMESPACE,
        metricName: metricNames.openDiscrepancies,
        dimensionsMap: { service, stage: stage.name },
        period: COUNTED_WITHIN,
        statistic: 'Maximum',
      }),
      threshold: 1,
      meaning: `${service}: books disagree, and no repair has helped.`,
      runbook: 'open-discrepancies',
    });
  }
}
