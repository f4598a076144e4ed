import { join } from 'node:path';
import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/aws-events';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { variables } from '../../../lambdas/runtime/aws/settings';
import { importBus } from '../channels/bus';
import { DeadLetterQueue, WorkQueue } from '../channels/queues';
import { subscribeDirectly } from '../channels/topic';
import type { EventBroker } from '../event-broker';
import { ServiceFunction } from '../functions/service-function';
import { type JournalManifest, parameterNames } from '../manifest';
import { type Stage, windowIn } from '../stage';
import { StageStack } from '../stage-stack';
import { DataTable } from '../tables/data-table';
import { idFieldsIn } from './id-fields';

const ENTRY = join(__dirname, '..', '..', '..', 'lambdas', 'runtime', 'journal', 'write-journal.ts');
const TIMEOUT = Duration.seconds(30);
/** AWS: at least six times the function's timeout, and the batching window (Lambda Developer Guide, Using Lambda with SQS). */
const VISIBILITY_FACTOR = 6;
/** Deliveries of a message before it becomes a dead letter. */
const ATTEMPTS = 8;
/** A batch ends at 6 MB anyway, which Lambda takes at most. */
const BATCH_SIZE = 1_000;
/**
 * The events of a flow that come in one batch are one item, whose size is paid for by the KB. Most orders end within this time, and
 * nobody waits for the journal but people.
 */
const BATCHING_WINDOW = Duration.seconds(20);
/** Batches that are filled side by side share the events of a flow between them. SQS event source mappings: at least 2. */
const MAX_CONCURRENCY = 2;

/** Props of the journal's stack. */
export interface JournalStackProps {
  /** The deployment stage. */
  readonly stage: Stage;
  /** The bus, which knows all contracts and topics. */
  readonly broker: EventBroker;
  /** Maximum number of batches written at the same time. Two write some 2,000 events a second. @default 2 */
  readonly maxConcurrency?: number;
}

/**
 * The journal: every event on the bus and on topics, and every reminder, for 30 days, by flow, by time and by the ids in its data.
 * Services do not depend on it. Create it after all services, because it subscribes to their topics.
 *
 * @example
 * if (hasJournal(app.node)) new JournalStack(app, { stage, broker });
 */
export class JournalStack extends StageStack {
  /**
   * @param scope the app
   * @param props the stage, the bus and the concurrency
   */
  constructor(scope: Construct, { stage, broker, maxConcurrency = MAX_CONCURRENCY }: JournalStackProps) {
    super(scope, 'journal', stage, 'Event broker: the journal');
    this.addStackDependency(Stack.of(broker), 'reads its parameters');
    const maxBatchingWindow = windowIn(stage, BATCHING_WINDOW);
    const table = new DataTable(this, 'Events', { key: 'key', sortKey: 'entry', timeToLive: 'expiresAt' });
    const deadLetterQueue = new DeadLetterQueue(this, 'DeadLetters', { of: 'The journal' });
    const queue = new WorkQueue(this, 'Queue', {
      of: 'The journal',
      deadLetterQueue,
      maxReceiveCount: ATTEMPTS,
      visibilityTimeout: Duration.seconds(TIMEOUT.toSeconds() * VISIBILITY_FACTOR + maxBatchingWindow.toSeconds()),
    });
    const writer = new ServiceFunction(this, 'Writer', {
      name: 'write-journal',
      entry: ENTRY,
      timeout: TIMEOUT,
      environment: {
        [variables.journal]: table.tableName,
        [variables.idFields]: JSON.stringify(idFieldsIn(broker.allContracts)),
      },
    });
    writer.allow(['dynamodb:BatchWriteItem'], table.tableArn);
    writer.addEventSource(
      new SqsEventSource(queue, {
        batchSize: BATCH_SIZE,
        maxBatchingWindow,
        maxConcurrency,
        reportBatchItemFailures: true,
      }),
    );
    Validations.of(writer).acknowledge({
      id: 'Serverless-LambdaEventSourceMappingDestination',
      reason: 'A mapping of a queue has no failure destination: the queue has its dead-letter queue.',
    });

    const busArn = StringParameter.valueForStringParameter(this, parameterNames.bus(stage.name));
    importBus(broker.kind, busArn).deliver(this, {
      queue,
      deadLetterQueue,
      description: 'All events, for the journal.',
      routes: { Everything: { pattern: { source: Match.prefix('') } } },
    });
    for (const [owner, contracts] of broker.topicEvents) {
      for (const contract of contracts)
        this.addStackDependency(broker.topicOwner(contract), 'reads the parameter of its topic');
      if (contracts.length > 0) subscribeDirectly(this, owner, contracts, { queue, deadLetterQueue });
    }

    const manifest: JournalManifest = {
      table: table.tableName,
      function: writer.functionName,
      queue: queue.queueUrl,
      deadLetterQueue: deadLetterQueue.queueUrl,
      windowSeconds: maxBatchingWindow.toSeconds(),
    };
    new StringParameter(this, 'Manifest', {
      parameterName: parameterNames.journalManifest(stage.name),
      stringValue: this.toJsonString(manifest),
    });
  }
}
