import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Construct } from 'constructs';
import { StageStack } from '../stage-stack';

/** The runbook: a path in the repository, unless the context says where it is published. */
const RUNBOOK = 'docs/runbook.md';

/** The operators' command to begin with, by the runbook's entry. Other entries begin with the logs. */
const COMMANDS: Readonly<Record<string, string>> = {
  'dead-letters': 'dlq list',
  'unrouted-events': 'dlq peek --consumer broker',
  'unpublished-events': 'dlq list',
  'relay-behind': 'queues',
  'old-messages': 'queues',
  'open-discrepancies': 'reconcile list',
  'not-flowing': 'queues',
};

/** A metric, its threshold, and the text for the operator. */
export interface WatchProps {
  /** The metric. Its period is one minute. */
  readonly metric: IMetric;
  /** The least value that raises the alarm. */
  readonly threshold: number;
  /** Consecutive periods at the threshold before the alarm is raised. @default 1 */
  readonly periods?: number;
  /** The meaning of the alarm, in one sentence. */
  readonly meaning: string;
  /** The anchor of the runbook's entry. */
  readonly runbook: string;
  /** Whether the alarm has no action, because a composite alarm notifies. @default false */
  readonly isSilent?: boolean;
}

/**
 * Creates an alarm on a metric. It notifies the stage's alarm topic, and its description says what to do: the entry in the runbook, and
 * the command to begin with. `-c runbook=https://…/docs/runbook.md` makes the entry a link.
 *
 * @param scope a construct in a {@link ServiceStack} or in the {@link BrokerStack}
 * @param id the alarm's id in its scope
 * @param props metric, threshold and runbook entry
 */
export function watch(scope: Construct, id: string, props: WatchProps): Alarm {
  const { metric, threshold, periods = 1, isSilent = false } = props;
  const alarm = new Alarm(scope, id, {
    metric,
    threshold,
    evaluationPeriods: periods,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
    alarmDescription: describeAlarm(scope, props),
  });
  if (!isSilent) alarm.addAlarmAction(new SnsAction(StageStack.of(scope).alarmTopic));
  return alarm;
}

/** Returns the description of an alarm: its meaning, and what to do. */
export function describeAlarm(scope: Construct, { meaning, runbook }: Pick<WatchProps, 'meaning' | 'runbook'>): string {
  const published: unknown = scope.node.tryGetContext('runbook');
  const command = COMMANDS[runbook] ? `ops -- ${COMMANDS[runbook]}` : 'logs --';
  const { name } = StageStack.of(scope).deploymentStage;
  return `${meaning} What to do: ${published ?? RUNBOOK}#${runbook} (npm run ${command} --stage ${name})`;
}

/** The period of every watched metric. */
export const PERIOD = Duration.minutes(1);
