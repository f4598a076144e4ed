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
import type { Stage } from '../stage';
import { StageStack } from '../stage-stack';
import { DataTable } from '../tables/data-table';
import { idFieldsIn } from './id-fields';

const ENTRY = join(__dirname, '..', '..', '..', 'lambdas', 'runtime', 'journal', 'write-journal.ts');
const TIMEOUT = Duration.seconds(30);
/** AWS: at least six times the function's timeout, and the batching window (Lambda Developer Guide, Using Lambda with SQS). */
const VISIBILITY_FACTOR = 6;
/** Deliveries of a message before it becomes a dead letter. */
const ATTEMPTS = 8;
/** Large batches: the journal is not urgent, and fewer invocations cost less. */
const BATCH = { batchSize: 200, maxBatchingWindow: Duration.seconds(2), maxConcurrency: 5 };
/** In the local cloud, a short delay matters more than cost. A batch of more than ten needs a window (SQS event source mappings). */
const LOCAL_BATCH = { batchSize: 100, maxBatchingWindow: Duration.seconds(1), maxConcurrency: 2 };

/** Props of the journal's stack. */
export interface JournalStackProps {
  /** The deployment stage. */
  readonly stage: Stage;
  /** The bus, which knows all contracts and topics. */
  readonly broker: EventBroker;
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
   * @param props the stage and the bus
   */
  constructor(scope: Construct, { stage, broker }: JournalStackProps) {
    super(scope, 'journal', stage, 'Event broker: the journal');
    this.addStackDependency(Stack.of(broker), 'reads its parameters');
    const batch = stage.kind === 'local' ? LOCAL_BATCH : BATCH;
    const table = new DataTable(this, 'Events', { key: 'key', sortKey: 'entry', timeToLive: 'expiresAt' });
    const deadLetterQueue = new DeadLetterQueue(this, 'DeadLetters', { of: 'The journal' });
    const queue = new WorkQueue(this, 'Queue', {
      of: 'The journal',
      deadLetterQueue,
      maxReceiveCount: ATTEMPTS,
      visibilityTimeout: Duration.seconds(
        TIMEOUT.toSeconds() * VISIBILITY_FACTOR + batch.maxBatchingWindow.toSeconds(),
      ),
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
    writer.addEventSource(new SqsEventSource(queue, { ...batch, reportBatchItemFailures: true }));
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
    };
    new StringParameter(this, 'Manifest', {
      parameterName: parameterNames.journalManifest(stage.name),
      stringValue: this.toJsonString(manifest),
    });
  }
}
