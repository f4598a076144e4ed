import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Construct } from 'constructs';
import { StageStack } from '../stage-stack';

const RUNBOOK = 'docs/runbook.md';

/** A metric, its threshold, and what the alarm tells the operator. */
export interface WatchProps {
  readonly metric: IMetric;
  /** The least value that raises the alarm. */
  readonly threshold: number;
  /** Consecutive periods at the threshold before the alarm is raised. @default 1 */
  readonly periods?: number;
  /** What the alarm means, in one sentence. */
  readonly meaning: string;
  /** The anchor of the runbook's entry. */
  readonly runbook: string;
}

/** Creates an alarm on a metric. Its description links to the runbook, and it notifies the stage's alarm topic. */
export function watch(scope: Construct, id: string, props: WatchProps): void {
  const { metric, threshold, periods = 1, meaning, runbook } = props;
  const alarm = new Alarm(scope, id, {
    metric,
    threshold,
    evaluationPeriods: periods,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
    alarmDescription: `${meaning} What to do: ${RUNBOOK}#${runbook}`,
  });
  alarm.addAlarmAction(new SnsAction(StageStack.of(scope).alarmTopic));
}

/** The period of every watched metric. */
export const PERIOD = Duration.minutes(1);
