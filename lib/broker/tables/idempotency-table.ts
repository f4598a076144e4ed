import { Duration } from 'aws-cdk-lib';
import { StreamViewType } from 'aws-cdk-lib/aws-dynamodb';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import type { EventContract } from '../../../contracts/core/contract';
import { variables } from '../../../lambdas/runtime/aws/settings';
import { RECORDED } from '../../../lambdas/runtime/store/store';
import { PERIOD, watch } from '../alarms/alarms';
import { DEAD_LETTER_RETENTION, DeadLetterQueue, QUEUE_RETENTION } from '../channels/queues';
import { ARCHIVE_RETENTION, grantPublish } from '../event-broker';
import { ServiceFunction } from '../functions/service-function';
import { StageStack } from '../stage-stack';
import { DataTable } from './data-table';

/** Latest arrival of a copy of a message: replayed at the end of the archive's retention, then redriven at the end of the dead-letter queue's. */
export const LATEST_COPY = ARCHIVE_RETENTION.plus(QUEUE_RETENTION).plus(DEAD_LETTER_RETENTION);

/**
 * Retries of a batch that the relay cannot finish, before Lambda sends its position to the dead-letter queue and continues. While
 * a channel is unavailable a try takes ten seconds or more. After bisecting, a batch is one record: an outage of 15 minutes needs no
 * operator, a longer one costs a record for each 15 minutes, and a record that kills the relay does not block its shard for longer.
 */
const RELAY_RETRIES = 100;

export interface IdempotencyTableProps {
  readonly busArn: string;
  /** File of the relay's handler. */
  readonly relayEntry: string;
  /**
   * How long the record of a processed message is kept. A copy that arrives later is parked, not processed.
   * Must exceed the retention of archive, queue and dead-letter queue together; otherwise a redriven message could run twice.
   * @default 30 days
   */
  readonly idempotencyWindow?: Duration;
}

/**
 * A service's idempotency table: a record of each message that the service has processed, with the events that it emitted as the
 * outbox. The relay reads the table's stream and publishes the events. No other function can.
 */
export class IdempotencyTable extends Construct {
  readonly table: DataTable;
  readonly relay: ServiceFunction;
  readonly deadLetterQueue: DeadLetterQueue;
  /** The idempotency window, in days. */
  readonly idempotencyDays: number;
  private readonly published = new Set<string>();
  private readonly inboxes = new Set<DataTable>();

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
      // Longer than the relay's own retries.
      timeout: Duration.minutes(1),
      environment: { [variables.bus]: busArn, [variables.deadLetterQueue]: this.deadLetterQueue.queueUrl },
    });
    this.deadLetterQueue.grantSendMessages(this.relay);
    // New records with an outbox. Records are never changed, and their expiry publishes nothing.
    this.readStream(this.table, {
      eventName: FilterRule.isEqual('INSERT'),
      dynamodb: { NewImage: { outbox: { S: FilterRule.exists() } } },
    });
    watch(this, 'IteratorAgeAlarm', {
      metric: this.relay.metric('IteratorAge', { period: PERIOD, statistic: 'Maximum' }),
      threshold: Duration.minutes(5).toMilliseconds(),
      periods: 5,
      meaning: `${service}: committed events have waited for more than 5 minutes to be published.`,
      runbook: 'relay-behind',
    });
  }

  /** Allows the relay to publish this event on the bus. */
  publish({ name }: EventContract): void {
    const { busArn } = this.props;
    const { owner: service } = StageStack.of(this);
    if (this.published.size === 0) grantPublish(this.relay, busArn, service, () => [...this.published].sort());
    this.published.add(name);
  }

  /** Allows a function to read records and to create them. Records are never changed. */
  grantRemember(worker: ServiceFunction): void {
    const reads = ['dynamodb:GetItem', 'dynamodb:BatchGetItem'];
    worker.allow([...reads, 'dynamodb:PutItem', 'dynamodb:PartiQLInsert'], this.table.tableArn);
  }

  /** Publishes the outboxes of the records that the items of an inbox keep. */
  publishFrom(inbox: DataTable): void {
    if (this.inboxes.has(inbox)) return;
    this.inboxes.add(inbox);
    this.readStream(inbox, { dynamodb: { NewImage: { [RECORDED]: { BOOL: FilterRule.exists() } } } });
  }

  private readStream(table: DataTable, filter: Parameters<typeof FilterCriteria.filter>[0]): void {
    this.relay.addEventSource(
      new DynamoEventSource(table, {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: 100,
        filters: [FilterCriteria.filter(filter)],
        // Isolates a record that fails its batch. Splitting a batch does not count as a retry.
        bisectBatchOnError: true,
        reportBatchItemFailures: true,
        retryAttempts: RELAY_RETRIES,
        // Receives shard and sequence numbers, not the records: "ops outbox --republish" publishes those from the table.
        onFailure: new SqsDlq(this.deadLetterQueue),
      }),
    );
  }
}
