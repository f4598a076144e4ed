import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { metricNames, NAMESPACE } from '../../../lambdas/runtime/metrics';
import type { Stage } from '../stage';
import { type Alarms, PERIOD } from './alarms';

export interface DependencyAlarmsProps {
  readonly stage: Stage;
  readonly alarms: Alarms;
  readonly service: string;
  /** What the service's code calls it, e.g. `payment-provider`. */
  readonly dependency: string;
}

/** Has somebody hear of a dependency that does not work, and of one whose state its functions cannot share. */
export class DependencyAlarms extends Construct {
  constructor(scope: Construct, id: string, { stage, alarms, service, dependency }: DependencyAlarmsProps) {
    super(scope, id);
    if (!/^[a-z][a-z0-9-]*$/.test(dependency)) {
      throw new Error(`${service}: dependency "${dependency}" must be kebab-case, e.g. payment-provider.`);
    }
    const metric = (metricName: string) =>
      new Metric({
        namespace: NAMESPACE,
        metricName,
        dimensionsMap: { service, stage: stage.name, dependency },
        period: PERIOD,
        statistic: 'Sum',
      });
    alarms.watch(this, 'OpenAlarm', {
      metric: metric(metricNames.circuitOpen),
      threshold: 1,
      meaning: `${service}: ${dependency} does not work. Messages wait until it does.`,
      runbook: 'circuit-open',
    });
    alarms.watch(this, 'UnknownAlarm', {
      metric: metric(metricNames.stateUnknown),
      threshold: 1,
      periods: 3,
      meaning: `${service}: what its functions know of ${dependency} cannot be shared. Messages pass without a limit.`,
      runbook: 'dependency-state-unknown',
    });
  }
}
