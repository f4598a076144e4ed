import { Duration, Validations } from 'aws-cdk-lib';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import type { EventContract } from '../../contracts/core/contract';
import { variables } from '../../lambdas/runtime/aws/settings';
import { consumerOf, type Subscription as SubscriptionDeclaration } from '../../lambdas/runtime/declare/declaration';
import { DeadLetterQueue, WorkQueue } from './channels/queues';
import type { Reminders } from './channels/reminders';
import type { Bus, Route } from './channels/route';
import { subscribeDirectly } from './channels/topic';
import { DEFAULT_FUNCTION_TIMEOUT, ServiceFunction } from './functions/service-function';
import { fullName, inboxManifestOf, type SubscriptionManifest } from './manifest';
import { windowIn } from './stage';
import { StageStack } from './stage-stack';

/**
 * AWS: "at least six times the timeout that you configure on your function, plus the value of MaximumBatchingWindowInSeconds" (Lambda
 * Developer Guide, Using Lambda with SQS).
 */
const VISIBILITY_FACTOR = 6;
const BATCH_SIZE = 10;

/** Settings of a subscription. */
export interface SubscriptionOptions {
  /** Maximum number of batches processed at the same time, 2 to 1,000. A burst waits in the queue. @default 10 */
  readonly maxConcurrency?: number;
  /** Attempts before a message is parked. @default 8 */
  readonly attempts?: number;
  /** The delays between attempts. They double, at random up to the cap. @default 2 seconds, 5 minutes */
  readonly backoff?: {
    /** The longest delay before the second attempt. */
    readonly base: Duration;
    /** The longest delay at all. */
    readonly cap: Duration;
  };
  /**
   * How long messages wait for a full batch of ten, a second at most in stage `local`. Fewer receives and invocations cost less. For work
   * whose result nobody waits for. @default they do not wait
   */
  readonly batchingWindow?: Duration;
  /** The function's timeout. @default 30 seconds */
  readonly timeout?: Duration;
  /** The function's memory, in MB. @default 512 */
  readonly memorySize?: number;
  /** Environment variables for the function's code. @default none */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface SubscriptionProps extends SubscriptionOptions {
  readonly declaration: SubscriptionDeclaration;
  /** The file of the handler. */
  readonly entry: string;
  readonly bus: Bus;
  /** The service's reminders. Called when the subscription consumes one. */
  readonly reminders: () => Reminders;
}

/** A subscription: rule → queue (with its dead-letter queue) → function. */
export class Subscription extends Construct {
  readonly consumer: ServiceFunction;
  private readonly queue: WorkQueue;
  private readonly deadLetterQueue: DeadLetterQueue;
  private readonly settings: SubscriptionManifest['settings'];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: SubscriptionProps,
  ) {
    super(scope, id);
    const { declaration, attempts = 8, maxConcurrency = 10, timeout = DEFAULT_FUNCTION_TIMEOUT } = props;
    const batchingWindow = props.batchingWindow && windowIn(StageStack.of(this).deploymentStage, props.batchingWindow);
    const { base, cap } = props.backoff ?? { base: Duration.seconds(2), cap: Duration.minutes(5) };
    const visibilityTimeout = Duration.seconds(
      timeout.toSeconds() * VISIBILITY_FACTOR + (batchingWindow?.toSeconds() ?? 0),
    );
    this.settings = {
      attempts,
      backoffSeconds: { base: base.toSeconds(), cap: cap.toSeconds() },
      timeoutSeconds: timeout.toSeconds(),
      visibilitySeconds: visibilityTimeout.toSeconds(),
      batchSize: BATCH_SIZE,
      ...(batchingWindow && { windowSeconds: batchingWindow.toSeconds() }),
      maxConcurrency,
    };
    const of = consumerOf(declaration);
    this.deadLetterQueue = new DeadLetterQueue(this, 'DeadLetters', { of });
    this.queue = new WorkQueue(this, 'Queue', {
      of,
      deadLetterQueue: this.deadLetterQueue,
      // The function parks a message with the reason at its last attempt. SQS moves messages that crash the function.
      maxReceiveCount: attempts,
      visibilityTimeout,
    });
    this.consumer = new ServiceFunction(this, 'Consumer', {
      name: declaration.name,
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
      new SqsEventSource(this.queue, {
        batchSize: BATCH_SIZE,
        maxBatchingWindow: batchingWindow,
        reportBatchItemFailures: true,
        maxConcurrency,
      }),
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
    const { name, to, emits, uses, dependencies } = this.props.declaration;
    const inbox = inboxManifestOf(this.props.declaration);
    return {
      name,
      function: this.consumer.functionName,
      queue: this.queue.queueUrl,
      deadLetterQueue: this.deadLetterQueue.queueUrl,
      to: to.map(fullName),
      emits: emits.map(fullName),
      uses: uses.map((table) => table.name),
      ...(inbox && { inbox }),
      dependencies,
      settings: this.settings,
    };
  }

  /** Connects the queue to each contract's channel. */
  private route(): void {
    const { declaration, reminders } = this.props;
    const over = (channel: EventContract['channel']) =>
      declaration.to.filter((contract) => contract.channel === channel);
    const onBus = byOwner(over('bus'));
    if (onBus.size > 0) this.routeFromBus(onBus);
    for (const [owner, contracts] of byOwner(over('topic'))) {
      subscribeDirectly(this, owner, contracts, { queue: this.queue, deadLetterQueue: this.deadLetterQueue });
    }
    for (const contract of over('reminder')) reminders().deliver(contract, this.queue);
  }

  /** One route for each owner, so that a source and a name are matched as a pair; one more for each field of `fairBy`. */
  private routeFromBus(contracts: ReadonlyMap<string, readonly EventContract[]>): void {
    const routes = [...contracts].flatMap(([owner, ofOwner]) =>
      [...new Set(ofOwner.map(({ fairBy }) => fairBy))].map((fairBy): [string, Route] => {
        const names = ofOwner.filter((one) => one.fairBy === fairBy).map(({ name }) => name);
        const id = fairBy === undefined ? `From-${owner}` : `From-${owner}-by-${fairBy}`;
        return [id, { pattern: { source: [owner], detailType: names }, fairBy }];
      }),
    );
    this.props.bus.deliver(this, {
      queue: this.queue,
      deadLetterQueue: this.deadLetterQueue,
      routes: Object.fromEntries(routes),
    });
  }
}

function byOwner(contracts: readonly EventContract[]): Map<string, EventContract[]> {
  const owners = new Map<string, EventContract[]>();
  for (const contract of contracts) owners.set(contract.owner, [...(owners.get(contract.owner) ?? []), contract]);
  return owners;
}
