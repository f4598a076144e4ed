import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { metricNames, NAMESPACE } from '../../../lambdas/runtime/metrics';
import { StageStack } from '../stage-stack';
import { PERIOD, watch } from './alarms';

export interface DependencyAlarmsProps {
  /** Name in the declarations, such as `payment-provider`. */
  readonly dependency: string;
}

/** Alarms for an open circuit, and for shared state that cannot be read or written. */
export class DependencyAlarms extends Construct {
  constructor(scope: Construct, id: string, { dependency }: DependencyAlarmsProps) {
    super(scope, id);
    const { deploymentStage: stage, owner: service } = StageStack.of(this);
    const metric = (metricName: string) =>
      new Metric({
        namespace: NAMESPACE,
        metricName,
        dimensionsMap: { service, stage: stage.name, dependency },
        period: PERIOD,
        statistic: 'Sum',
      });
    watch(this, 'OpenAlarm', {
      metric: metric(metricNames.circuitOpen),
      threshold: 1,
      meaning: `${service}: the circuit of ${dependency} is open. Its messages are deferred until it closes.`,
      runbook: 'circuit-open',
    });
    watch(this, 'UnknownAlarm', {
      metric: metric(metricNames.stateUnknown),
      threshold: 1,
      periods: 3,
      meaning: `${service}: the shared state of ${dependency} cannot be read or written. Its circuit breaker and rate limit are off.`,
      runbook: 'dependency-state-unknown',
    });
  }
}
