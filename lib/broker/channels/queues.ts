import { Duration, Size, Validations } from 'aws-cdk-lib';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { type IQueue, Queue, QueueEncryption, type QueueProps, RedrivePermission } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { PERIOD, watch } from '../alarms/alarms';
import { StageStack } from '../stage-stack';

/** How long a message waits in a queue before SQS deletes it. */
export const QUEUE_RETENTION = Duration.days(4);
/** SQS's maximum. It exceeds the source queue's retention, because a dead letter keeps its original timestamp. */
export const DEAD_LETTER_RETENTION = Duration.days(14);
/** SQS's maximum. Set explicitly, because CloudFormation falls back to 256 KB on an update without it. */
export const MAX_MESSAGE_SIZE = Size.mebibytes(1);

/** A queue with the settings of all queues. Its grants leave out `GetQueueUrl`, because every caller has the URL. */
abstract class StageQueue extends Queue {
  constructor(scope: Construct, id: string, props: QueueProps) {
    super(scope, id, {
      ...props,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      maxMessageSizeBytes: MAX_MESSAGE_SIZE.toBytes(),
      removalPolicy: StageStack.of(scope).deploymentStage.removalPolicy,
    });
  }

  override grantSendMessages(sender: IGrantable): Grant {
    return this.grant(sender, 'sqs:SendMessage');
  }

  override grantConsumeMessages(consumer: IGrantable): Grant {
    const actions = ['ReceiveMessage', 'DeleteMessage', 'ChangeMessageVisibility', 'GetQueueAttributes'];
    return this.grant(consumer, ...actions.map((action) => `sqs:${action}`));
  }
}

export interface DeadLetterQueueProps {
  /** The owner of the queue, for the text of its alarm. */
  readonly of: string;
  /** Entry of `docs/runbook.md`. @default 'dead-letters' */
  readonly runbook?: string;
}

/** A queue for messages that could not be processed. Keeps them for 14 days and raises an alarm at the first message. */
export class DeadLetterQueue extends StageQueue {
  constructor(scope: Construct, id: string, { of, runbook = 'dead-letters' }: DeadLetterQueueProps) {
    super(scope, id, {
      retentionPeriod: DEAD_LETTER_RETENTION,
      // SQS's default, written out because template checks recognise a dead-letter queue by it.
      redriveAllowPolicy: { redrivePermission: RedrivePermission.ALLOW_ALL },
    });
    const reason = 'This is a dead-letter queue, and its alarm reports every message.';
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
  /** Receives after which SQS moves a message to the dead-letter queue. */
  readonly maxReceiveCount: number;
  readonly visibilityTimeout: Duration;
}

/** Older messages mean that the consumer is too slow or failing. */
const MAX_AGE = Duration.minutes(15);

/** The queue that a consumer reads, with an alarm on the age of its oldest message. */
export class WorkQueue extends StageQueue {
  constructor(scope: Construct, id: string, props: WorkQueueProps) {
    const { of, deadLetterQueue, maxReceiveCount, visibilityTimeout } = props;
    super(scope, id, {
      retentionPeriod: QUEUE_RETENTION,
      visibilityTimeout,
      deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount },
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
