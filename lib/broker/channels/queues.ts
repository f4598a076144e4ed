import { Duration, Size, Validations } from 'aws-cdk-lib';
import { type IQueue, Queue, QueueEncryption, RedrivePermission } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { PERIOD, watch } from '../alarms/alarms';
import { StageStack } from '../stage-stack';

/** How long a message waits in a queue before SQS deletes it. */
export const QUEUE_RETENTION = Duration.days(4);
/** SQS's longest. More than the queue's, because a dead letter keeps the age that it had. */
export const DEAD_LETTER_RETENTION = Duration.days(14);
/** SQS's largest. CloudFormation falls back to 256 KB on an update that does not say so. */
export const MAX_MESSAGE_SIZE = Size.mebibytes(1);

export interface DeadLetterQueueProps {
  /** Whose dead letters they are, for people. */
  readonly of: string;
  /** The runbook's entry. @default 'dead-letters' */
  readonly runbook?: string;
}

/** A queue for what could not be processed: kept for 14 days, with an alarm on the first message. */
export class DeadLetterQueue extends Queue {
  constructor(scope: Construct, id: string, { of, runbook = 'dead-letters' }: DeadLetterQueueProps) {
    super(scope, id, {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      maxMessageSizeBytes: MAX_MESSAGE_SIZE.toBytes(),
      retentionPeriod: DEAD_LETTER_RETENTION,
      // SQS's default, said aloud: it is what makes this a dead-letter queue for those who check templates.
      redriveAllowPolicy: { redrivePermission: RedrivePermission.ALLOW_ALL },
      removalPolicy: StageStack.of(scope).deploymentStage.removalPolicy,
    });
    const reason = 'The end of the line: behind a dead-letter queue of its own, letters would be where nobody looks.';
    Validations.of(this).acknowledge(
      { id: 'AwsSolutions-SQS3', reason },
      { id: 'Serverless-SQSRedrivePolicy', reason },
    );
    watch(this, 'Alarm', {
      metric: this.metricApproximateNumberOfMessagesVisible({ period: PERIOD, statistic: 'Maximum' }),
      threshold: 1,
      meaning: `${of}: there are dead letters.`,
      runbook,
    });
  }
}

export interface WorkQueueProps {
  readonly of: string;
  readonly deadLetterQueue: IQueue;
  /** How often SQS hands a message out before it moves it to the dead-letter queue. */
  readonly maxReceiveCount: number;
  readonly visibilityTimeout: Duration;
}

/** Messages older than this say that the consumer does not keep up, or does not work. */
const MAX_AGE = Duration.minutes(15);

/** A queue in front of a consumer. */
export class WorkQueue extends Queue {
  constructor(scope: Construct, id: string, props: WorkQueueProps) {
    const { of, deadLetterQueue, maxReceiveCount, visibilityTimeout } = props;
    super(scope, id, {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      maxMessageSizeBytes: MAX_MESSAGE_SIZE.toBytes(),
      retentionPeriod: QUEUE_RETENTION,
      visibilityTimeout,
      deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount },
      removalPolicy: StageStack.of(scope).deploymentStage.removalPolicy,
    });
    watch(this, 'AgeAlarm', {
      metric: this.metricApproximateAgeOfOldestMessage({ period: PERIOD, statistic: 'Maximum' }),
      threshold: MAX_AGE.toSeconds(),
      periods: 5,
      meaning: `${of}: messages wait for more than ${MAX_AGE.toMinutes()} minutes.`,
      runbook: 'old-messages',
    });
  }
}
