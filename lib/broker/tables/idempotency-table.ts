import { Duration } from 'aws-cdk-lib';
import { StreamViewType } from 'aws-cdk-lib/aws-dynamodb';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import type { EventContract } from '../../../contracts/core/contract';
import { variables } from '../../../lambdas/runtime/aws/settings';
import { PERIOD, watch } from '../alarms/alarms';
import { DEAD_LETTER_RETENTION, DeadLetterQueue, QUEUE_RETENTION } from '../channels/queues';
import { ARCHIVE_RETENTION, grantPublish } from '../event-broker';
import { ServiceFunction } from '../functions/service-function';
import { StageStack } from '../stage-stack';
import { DataTable } from './data-table';

/** A copy of a message may come as late as this: replayed at the archive's end, then redriven at the dead-letter queue's. */
export const LATEST_COPY = ARCHIVE_RETENTION.plus(QUEUE_RETENTION).plus(DEAD_LETTER_RETENTION);

export interface IdempotencyTableProps {
  readonly busArn: string;
  /** The relay's code. */
  readonly relayEntry: string;
  /**
   * How long a processed message is remembered. A copy that arrives later is parked, not processed.
   * Must exceed archive + queue + dead-letter retention, or a redriven message could run twice.
   * @default 30 days
   */
  readonly idempotencyWindow?: Duration;
}

/**
 * What a service has processed, and what it emitted by doing so: the table is the outbox too.
 * The relay reads the table's stream and publishes to the bus; it alone may.
 */
export class IdempotencyTable extends Construct {
  readonly table: DataTable;
  readonly relay: ServiceFunction;
  readonly deadLetterQueue: DeadLetterQueue;
  /** In days. */
  readonly idempotencyDays: number;
  private readonly published = new Set<string>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: IdempotencyTableProps,
  ) {
    super(scope, id);
    const { busArn, idempotencyWindow = Duration.days(30) } = props;
    const { owner: service } = StageStack.of(this);
    if (idempotencyWindow.toSeconds() <= LATEST_COPY.toSeconds()) {
      throw new Error(
        `${service}: the idempotency window of ${idempotencyWindow.toDays()} days must exceed ${LATEST_COPY.toDays()} days ` +
          '(archive + queue + dead-letter retention), or a redriven message could run twice.',
      );
    }
    this.idempotencyDays = idempotencyWindow.toDays();
    this.table = new DataTable(this, 'Records', {
      key: 'id',
      timeToLive: 'expiresAt',
      stream: StreamViewType.NEW_IMAGE,
    });
    this.deadLetterQueue = new DeadLetterQueue(this, 'RelayDeadLetters', {
      of: `${service}'s relay`,
      runbook: 'unpublished-events',
    });
    this.relay = new ServiceFunction(this, 'Relay', {
      name: 'relay',
      entry: props.relayEntry,
      // Long enough for its own retries; the stream waits meanwhile.
      timeout: Duration.minutes(1),
      environment: { [variables.bus]: busArn, [variables.deadLetterQueue]: this.deadLetterQueue.queueUrl },
    });
    this.deadLetterQueue.grantSendMessages(this.relay);
    this.connectStream();
    watch(this, 'IteratorAgeAlarm', {
      metric: this.relay.metric('IteratorAge', { period: PERIOD, statistic: 'Maximum' }),
      threshold: Duration.minutes(5).toMilliseconds(),
      periods: 5,
      meaning: `${service}: events wait for more than 5 minutes to be published.`,
      runbook: 'relay-behind',
    });
  }

  /** Lets the relay publish this event on the bus. */
  publish({ name }: EventContract): void {
    const { busArn } = this.props;
    const { owner: service } = StageStack.of(this);
    if (this.published.size === 0) grantPublish(this.relay, busArn, service, () => [...this.published].sort());
    this.published.add(name);
  }

  /** Lets a function remember what it has processed. A record is never changed. */
  grantRemember(worker: ServiceFunction): void {
    worker.allow(['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem'], this.table.tableArn);
  }

  private connectStream(): void {
    this.relay.addEventSource(
      new DynamoEventSource(this.table, {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: 100,
        // New records that emitted something; a record is never changed, and its expiry is of no interest.
        filters: [
          FilterCriteria.filter({
            eventName: FilterRule.isEqual('INSERT'),
            dynamodb: { NewImage: { outbox: { S: FilterRule.exists() } } },
          }),
        ],
        // What fails is tried for as long as the stream has it: an outage of the bus may take hours.
        bisectBatchOnError: true,
        reportBatchItemFailures: true,
        onFailure: new SqsDlq(this.deadLetterQueue),
      }),
    );
  }
}
