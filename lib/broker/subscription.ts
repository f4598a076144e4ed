import { Duration, Validations } from 'aws-cdk-lib';
import { EventBus, type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import type { EventContract } from '../../contracts/core/contract';
import { variables } from '../../lambdas/runtime/aws/settings';
import type { Alarms } from './alarms/alarms';
import { DeadLetterQueue, WorkQueue } from './channels/queues';
import type { Reminders } from './channels/reminders';
import { subscribeDirectly } from './channels/topic';
import { DEFAULT_FUNCTION_TIMEOUT, ServiceFunction } from './functions/service-function';
import type { SubscriptionManifest } from './manifest';
import type { Stage } from './stage';

/** AWS: "at least six times the timeout that you configure on your function" (Lambda Developer Guide, Using Lambda with SQS). */
const VISIBILITY_FACTOR = 6;
const BATCH_SIZE = 10;

/** What a service says of a subscription. */
export interface SubscriptionOptions {
  /** The contracts that it receives. */
  readonly to: readonly EventContract[];
  /** What it may publish by doing so: contracts of its own service. @default nothing */
  readonly emits?: readonly EventContract[];
  /** How many batches are worked on at once; a burst waits in the queue. Between 2 and 1,000. @default 10 */
  readonly maxConcurrency?: number;
  /** How often a message is tried before it is parked. @default 8 */
  readonly attempts?: number;
  /** What is waited at most before the second attempt, and ever; it doubles in between. @default 2 seconds, 5 minutes */
  readonly backoff?: { readonly base: Duration; readonly cap: Duration };
  /** @default 30 seconds */
  readonly timeout?: Duration;
  /** In MB. @default 512 */
  readonly memorySize?: number;
  /** Settings of its own, for its code. @default none */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface SubscriptionProps extends SubscriptionOptions {
  readonly stage: Stage;
  readonly alarms: Alarms;
  readonly service: string;
  readonly name: string;
  readonly entry: string;
  readonly busArn: string;
  /** The service's timers. Asked for when it subscribes to a reminder. */
  readonly reminders: () => Reminders;
  readonly environment: Readonly<Record<string, string>>;
}

/** A subscription: rule → queue (with its dead-letter queue) → function. */
export class Subscription extends Construct {
  readonly consumer: ServiceFunction;
  private readonly queue: WorkQueue;
  private readonly deadLetterQueue: DeadLetterQueue;
  private bus?: IEventBus;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: SubscriptionProps,
  ) {
    super(scope, id);
    const {
      stage,
      alarms,
      service,
      name,
      attempts = 8,
      maxConcurrency = 10,
      timeout = DEFAULT_FUNCTION_TIMEOUT,
    } = props;
    const { base, cap } = props.backoff ?? { base: Duration.seconds(2), cap: Duration.minutes(5) };
    const of = `${service}.${name}`;
    this.deadLetterQueue = new DeadLetterQueue(this, 'DeadLetters', { stage, alarms, of });
    this.queue = new WorkQueue(this, 'Queue', {
      stage,
      alarms,
      of,
      deadLetterQueue: this.deadLetterQueue,
      // The function parks a message itself, with the reason, at its last attempt: this is for one that kills the function.
      maxReceiveCount: attempts,
      visibilityTimeout: Duration.seconds(timeout.toSeconds() * VISIBILITY_FACTOR),
    });
    this.consumer = new ServiceFunction(this, 'Consumer', {
      stage,
      alarms,
      service,
      name,
      entry: props.entry,
      timeout,
      memorySize: props.memorySize,
      environment: {
        ...props.environment,
        [variables.queue]: this.queue.queueUrl,
        [variables.deadLetterQueue]: this.deadLetterQueue.queueUrl,
        [variables.attempts]: String(attempts),
        [variables.backoffBase]: String(base.toSeconds()),
        [variables.backoffCap]: String(cap.toSeconds()),
      },
    });
    this.consumer.addEventSource(
      new SqsEventSource(this.queue, { batchSize: BATCH_SIZE, reportBatchItemFailures: true, maxConcurrency }),
    );
    Validations.of(this.consumer).acknowledge({
      id: 'Serverless-LambdaEventSourceMappingDestination',
      reason: 'A mapping of a queue has no failure destination: the queue has its dead-letter queue.',
    });
    // Parking, and deferring: a delayed copy to its own queue.
    this.consumer.allow(['sqs:SendMessage'], this.queue.queueArn, this.deadLetterQueue.queueArn);
    this.route();
  }

  get manifest(): SubscriptionManifest {
    const { name, to, emits = [] } = this.props;
    return {
      name,
      function: this.consumer.functionName,
      queue: this.queue.queueUrl,
      deadLetterQueue: this.deadLetterQueue.queueUrl,
      to: to.map(fullName),
      emits: emits.map(fullName),
    };
  }

  /** Connects the queue to each contract's channel. */
  private route(): void {
    const { to, reminders } = this.props;
    const over = (channel: EventContract['channel']) => to.filter((contract) => contract.channel === channel);
    for (const [owner, contracts] of byOwner(over('bus'))) this.routeFromBus(owner, contracts);
    for (const [owner, contracts] of byOwner(over('topic'))) {
      const { stage } = this.props;
      subscribeDirectly(this, owner, contracts, { stage, queue: this.queue, deadLetterQueue: this.deadLetterQueue });
    }
    for (const contract of over('reminder')) reminders().deliver(contract, this.queue);
  }

  /** One rule for each owner, so that a source and a name are matched as a pair. */
  private routeFromBus(owner: string, contracts: readonly EventContract[]): void {
    this.bus ??= EventBus.fromEventBusArn(this, 'Bus', this.props.busArn);
    new Rule(this, `From-${owner}`, {
      eventBus: this.bus,
      eventPattern: { source: [owner], detailType: contracts.map(({ name }) => name) },
      targets: [new SqsQueue(this.queue, { deadLetterQueue: this.deadLetterQueue })],
    });
  }
}

function byOwner(contracts: readonly EventContract[]): Map<string, EventContract[]> {
  const owners = new Map<string, EventContract[]>();
  for (const contract of contracts) owners.set(contract.owner, [...(owners.get(contract.owner) ?? []), contract]);
  return owners;
}

/** A contract as manifests name it. */
export function fullName({ owner, name }: EventContract): string {
  return `${owner}.${name}`;
}
