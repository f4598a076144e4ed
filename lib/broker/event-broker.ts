import { Aws, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Archive, EventBus, type EventPattern, type IEventBus, Match, Rule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import type { EventContract } from '../../contracts/core/contract';
import { AlarmTopic } from './alarms/alarm-topic';
import { Alarms } from './alarms/alarms';
import { DeadLetterQueue } from './channels/queues';
import type { ServiceFunction } from './functions/service-function';
import { type BrokerManifest, parameterNames } from './manifest';
import type { Stage } from './stage';

/** How long events can be replayed. */
export const ARCHIVE_RETENTION = Duration.days(7);

export interface EventBrokerProps {
  readonly stage: Stage;
  /** All contracts there are: an event of any other is a dead letter. */
  readonly contracts: readonly EventContract[];
}

/**
 * The bus that all services share, its archive, and a dead-letter queue for events that nobody's contract describes.
 * Services find the bus by a parameter: none of them depends on this stack's resources.
 */
export class EventBroker extends Construct {
  private readonly contracts: ReadonlySet<EventContract>;
  private readonly topics = new Map<string, Stack>();

  constructor(scope: Construct, id: string, { stage, contracts }: EventBrokerProps) {
    super(scope, id);
    this.contracts = new Set(contracts);
    const alarms = new Alarms(this, stage.name);
    const alarmTopic = new AlarmTopic(this, 'Alarms');
    alarms.useTopic(alarmTopic);

    const deadLetterQueue = new DeadLetterQueue(this, 'DeadLetters', {
      stage,
      alarms,
      of: 'The bus',
      runbook: 'unrouted-events',
    });
    const bus = new EventBus(this, 'Bus', {
      // CloudFormation makes up no names for buses, and the CDK's would be the same in every stage.
      eventBusName: Aws.STACK_NAME,
      deadLetterQueue,
    });
    bus.applyRemovalPolicy(stage.removalPolicy);
    const archive = stage.hasArchive
      ? new Archive(this, 'Archive', {
          sourceEventBus: bus,
          // Everything; replays are not archived again by EventBridge.
          eventPattern: { account: [Stack.of(this).account] },
          retention: ARCHIVE_RETENTION,
        })
      : undefined;
    archive?.applyRemovalPolicy(stage.removalPolicy);
    const rules = this.catchAll(bus, deadLetterQueue);
    acceptFromBus(deadLetterQueue, [bus.eventBusArn, ...rules.map(({ ruleArn }) => ruleArn)]);

    this.parameter('BusParameter', parameterNames.bus(stage.name), bus.eventBusArn);
    this.parameter('AlarmTopicParameter', parameterNames.alarmTopic(stage.name), alarmTopic.topicArn);
    const manifest: BrokerManifest = {
      bus: { name: bus.eventBusName, arn: bus.eventBusArn },
      ...(archive && { archive: archive.archiveName }),
      deadLetterQueue: deadLetterQueue.queueUrl,
    };
    this.parameter('Manifest', parameterNames.brokerManifest(stage.name), Stack.of(this).toJsonString(manifest));
  }

  /** @throws Error when the contract is none of the app's: its events would be dead letters */
  requireContract(contract: EventContract): void {
    if (this.contracts.has(contract)) return;
    throw new Error(
      `${contract.name} of ${contract.owner} is not known to the bus, which would take it for a dead letter: ` +
        'export it from contracts/index.ts.',
    );
  }

  /** Says that a service has a topic, and which stack it comes with. */
  addTopic(service: string, stack: Stack): void {
    this.topics.set(service, stack);
  }

  /** The stack that has to be deployed before one can subscribe to a topic. @throws Error when there is none */
  topicOwner({ owner, name }: EventContract): Stack {
    const stack = this.topics.get(owner);
    if (!stack) throw new Error(`Nobody publishes ${name} yet: in bin/app.ts, put ${owner} before its subscribers.`);
    return stack;
  }

  /** An event that matches no contract reaches no subscriber: somebody should hear of it. */
  private catchAll(bus: IEventBus, { queueArn: arn }: DeadLetterQueue): Rule[] {
    // One small pattern for each owner: EventBridge takes 2,048 characters (EventBridge quotas, event pattern size).
    const names = namesByOwner([...this.contracts].filter(({ channel }) => channel === 'bus'));
    const unknown: Record<string, EventPattern> = { 'unknown-source': { source: Match.anythingBut(...names.keys()) } };
    for (const [owner, known] of names) {
      unknown[`unknown-of-${owner}`] = { source: [owner], detailType: Match.anythingBut(...known) };
    }
    const target = { bind: () => ({ arn, deadLetterConfig: { arn } }) };
    return Object.entries(unknown).map(
      ([id, eventPattern]) =>
        new Rule(this, id, {
          description: 'Events that no contract describes.',
          eventBus: bus,
          eventPattern,
          targets: [target],
        }),
    );
  }

  private parameter(id: string, parameterName: string, stringValue: string): void {
    new StringParameter(this, id, { parameterName, stringValue });
  }
}

/** One statement for all: the library's target writes two for each rule, and a queue's policy takes no more than 20. */
function acceptFromBus(queue: DeadLetterQueue, sources: readonly string[]): void {
  queue.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('events.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      conditions: { ArnEquals: { 'aws:SourceArn': sources } },
    }),
  );
}

/** Sorted, so that the same contracts make the same template. */
function namesByOwner(contracts: readonly EventContract[]): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const { owner, name } of [...contracts].sort((a, b) => compare(a.owner, b.owner) || compare(a.name, b.name))) {
    names.set(owner, [...(names.get(owner) ?? []), name]);
  }
  return names;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/**
 * Lets a function publish these events of its own service and no others.
 *
 * EventBridge checks each entry of a call. `ForAllValues` also holds when a key is missing, hence the second condition
 * (IAM User Guide, "Multivalued context keys").
 */
export function grantPublish(relay: ServiceFunction, busArn: string, service: string, names: () => string[]): void {
  relay.addToRolePolicy(
    new PolicyStatement({
      actions: ['events:PutEvents'],
      resources: [busArn],
      conditions: {
        'ForAllValues:StringEquals': {
          'events:source': service,
          'events:detail-type': Lazy.list({ produce: names }),
        },
        Null: { 'events:source': 'false', 'events:detail-type': 'false' },
      },
    }),
  );
}
