import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { parameterNames } from '../manifest';

const RUNBOOK = 'docs/runbook.md';

/** What an alarm watches, and what it tells whom it wakes. */
export interface WatchProps {
  readonly metric: IMetric;
  /** The alarm goes off at this value. */
  readonly threshold: number;
  /** How many periods in a row. @default 1 */
  readonly periods?: number;
  /** What it means, in one sentence. */
  readonly meaning: string;
  /** The heading of the runbook's entry, as an anchor. */
  readonly runbook: string;
}

/** Alarms of one stack, which notify the broker's alarm topic. */
export class Alarms {
  private topic?: ITopic;

  constructor(
    private readonly scope: Construct,
    private readonly stage: string,
  ) {}

  /** Has somebody look when a metric reaches a threshold. Each alarm says where to read what to do. */
  watch(scope: Construct, id: string, { metric, threshold, periods = 1, meaning, runbook }: WatchProps): void {
    const alarm = new Alarm(scope, id, {
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: `${meaning} What to do: ${RUNBOOK}#${runbook}`,
    });
    alarm.addAlarmAction(new SnsAction(this.alarmTopic()));
  }

  /** In the broker's own stack the topic is at hand; all others find it by its parameter. */
  useTopic(topic: ITopic): void {
    this.topic = topic;
  }

  private alarmTopic(): ITopic {
    this.topic ??= Topic.fromTopicArn(
      this.scope,
      'AlarmTopic',
      StringParameter.valueForStringParameter(this.scope, parameterNames.alarmTopic(this.stage)),
    );
    return this.topic;
  }
}

/** One look a minute. */
export const PERIOD = Duration.minutes(1);
