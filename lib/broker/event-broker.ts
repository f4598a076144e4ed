import { Aws, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Archive, EventBus, type IEventBus, Match } from 'aws-cdk-lib/aws-events';
import { CfnEventBus } from 'aws-cdk-lib/aws-eventsv2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import type { EventContract } from '../../contracts/core/contract';
import type { FunctionDeclaration } from '../../lambdas/runtime/declare/declaration';
import { AlarmTopic } from './alarms/alarm-topic';
import { type BusKind, busKindOf, importBus } from './channels/bus';
import { DeadLetterQueue } from './channels/queues';
import type { Bus, Route } from './channels/route';
import { acceptFromBus, deliver } from './channels/routes';
import type { ServiceFunction } from './functions/service-function';
import { type BrokerManifest, parameterNames } from './manifest';
import { StageStack } from './stage-stack';

/** How long events can be replayed: the retention of the archive, or of a Custom Event Bus. */
export const ARCHIVE_RETENTION = Duration.days(7);

/** Props of the bus. */
export interface EventBrokerProps {
  /** All contracts of the app. An event that matches none of them becomes a dead letter. */
  readonly contracts: readonly EventContract[];
  /** Called with the topic that every alarm notifies, before the first alarm is created. */
  readonly useAlarmTopic: (topic: ITopic) => void;
  /**
   * The kind of bus. `v2` is EventBridge's Custom Event Bus: `docs/custom-event-bus.md` says what changes. Stage `local` always has a
   * classic bus, because no emulator knows the other.
   * @default the context `bus`, else `classic`
   */
  readonly bus?: BusKind;
}

/**
 * The bus that all services share, its archive (a Custom Event Bus retains events itself), and a dead-letter queue for events that match no contract. Services find the bus
 * by its SSM parameter, so none of them imports this stack's resources.
 */
export class EventBroker extends Construct {
  /** The kind of the bus. */
  readonly kind: BusKind;
  /** The classic bus. Undefined if the bus is a Custom Event Bus. */
  readonly classicBus?: IEventBus;
  private readonly contracts: ReadonlySet<EventContract>;
  private readonly publishers = new Map<EventContract, string>();
  private readonly subscribers = new Map<EventContract, string>();
  private readonly topics = new Map<string, Stack>();
  private archiveName?: string;

  /**
   * @param scope the stack of the bus
   * @param id the construct's id
   * @param props all contracts, and the kind of bus
   */
  constructor(scope: Construct, id: string, { contracts, useAlarmTopic, bus }: EventBrokerProps) {
    super(scope, id);
    const { deploymentStage: stage } = StageStack.of(this);
    this.kind = stage.kind === 'local' ? 'classic' : (bus ?? busKindOf(this.node));
    this.contracts = new Set(contracts);
    this.node.addValidation({ validate: () => this.findOrphans() });
    const alarmTopic = new AlarmTopic(this, 'Alarms');
    useAlarmTopic(alarmTopic);

    const deadLetterQueue = new DeadLetterQueue(this, 'DeadLetters', {
      of: 'The bus',
      runbook: 'unrouted-events',
    });
    if (this.kind === 'classic') this.classicBus = this.createClassicBus(deadLetterQueue);
    const own = this.classicBus ? asBus(this.classicBus) : importBus('v2', this.createBusV2());
    this.catchAll(own, deadLetterQueue);
    if (this.classicBus) acceptFromBus(deadLetterQueue, [own.arn]);

    this.parameter('BusParameter', parameterNames.bus(stage.name), own.arn);
    this.parameter('AlarmTopicParameter', parameterNames.alarmTopic(stage.name), alarmTopic.topicArn);
    const manifest: BrokerManifest = {
      bus: { name: this.classicBus?.eventBusName ?? Aws.STACK_NAME, arn: own.arn },
      ...(this.archiveName !== undefined && { archive: this.archiveName }),
      deadLetterQueue: deadLetterQueue.queueUrl,
    };
    this.parameter('Manifest', parameterNames.brokerManifest(stage.name), Stack.of(this).toJsonString(manifest));
  }

  /**
   * Records that a function publishes an event.
   *
   * @param contract the event's contract
   * @param declaration the function
   * @throws Error when the app does not export the contract
   */
  publishes(contract: EventContract, { service, name }: Pick<FunctionDeclaration, 'service' | 'name'>): void {
    this.requireContract(contract);
    this.publishers.set(contract, `${service}.${name}`);
  }

  /**
   * Records that a subscription consumes an event.
   *
   * @param contract the event's contract
   * @param declaration the subscription
   * @throws Error when the app does not export the contract
   */
  subscribes(contract: EventContract, { service, name }: Pick<FunctionDeclaration, 'service' | 'name'>): void {
    this.requireContract(contract);
    this.subscribers.set(contract, `${service}.${name}`);
  }

  /** Registers a service's topic and the stack that creates it. */
  addTopic(service: string, stack: Stack): void {
    this.topics.set(service, stack);
  }

  /**
   * Returns the stack that creates the topic of a contract.
   *
   * @param contract a contract with the channel `topic`
   * @throws Error when no stack has created the topic yet
   */
  topicOwner({ owner, name }: EventContract): Stack {
    const stack = this.topics.get(owner);
    if (!stack)
      throw new Error(
        `No stack publishes ${name} yet: in bin/app.ts, create the stack of ${owner} before its subscribers.`,
      );
    return stack;
  }

  /** The services that have a topic so far, and the events that they publish on it. */
  get topicEvents(): ReadonlyMap<string, readonly EventContract[]> {
    const published = [...this.publishers.keys()].filter(({ channel }) => channel === 'topic');
    return new Map([...this.topics.keys()].map((owner) => [owner, published.filter((one) => one.owner === owner)]));
  }

  /** All contracts of the app. */
  get allContracts(): readonly EventContract[] {
    return [...this.contracts];
  }

  /** Creates a classic bus, and its archive where the stage has one. */
  private createClassicBus(deadLetterQueue: DeadLetterQueue): EventBus {
    const { deploymentStage: stage } = StageStack.of(this);
    const bus = new EventBus(this, 'Bus', {
      // CloudFormation generates no names for buses, and the CDK's generated name is the same in every stage.
      eventBusName: Aws.STACK_NAME,
      deadLetterQueue,
    });
    bus.applyRemovalPolicy(stage.removalPolicy);
    if (!stage.hasArchive) return bus;
    const archive = new Archive(this, 'Archive', {
      sourceEventBus: bus,
      // Matches every event. EventBridge does not archive replayed events again.
      eventPattern: { account: [Stack.of(this).account] },
      retention: ARCHIVE_RETENTION,
      // A generated name can exceed the 48 characters of an archive's name. With this one, a deployment can also import the archive that an earlier stack left.
      archiveName: Stack.of(this).stackName,
    });
    archive.applyRemovalPolicy(stage.removalPolicy);
    this.archiveName = archive.archiveName;
    return bus;
  }

  /** Creates a Custom Event Bus. @returns its ARN */
  private createBusV2(): string {
    const bus = new CfnEventBus(this, 'BusV2', {
      name: Aws.STACK_NAME,
      storageConfiguration: { retentionPeriodInDays: ARCHIVE_RETENTION.toDays() },
    });
    bus.applyRemovalPolicy(StageStack.of(this).deploymentStage.removalPolicy);
    return bus.attrEventBusArn;
  }

  private requireContract(contract: EventContract): void {
    if (this.contracts.has(contract)) return;
    throw new Error(
      `${contract.owner}.${contract.name} is not among the app's contracts, so its events would become dead letters: ` +
        'export the contract from contracts/index.ts.',
    );
  }

  /** Returns errors for internal events without a subscriber, and for subscriptions to events that are never published. */
  private findOrphans(): string[] {
    const services = new Set([...this.publishers.values()].map((name) => name.split('.')[0]));
    const unheard = [...this.publishers].filter(
      ([contract]) => contract.audience === 'internal' && !this.subscribers.has(contract),
    );
    const unpublished = [...this.subscribers].filter(
      ([contract]) => services.has(contract.owner) && !this.publishers.has(contract),
    );
    return [
      ...unheard.map(
        ([{ name, owner }, publisher]) =>
          `${publisher} publishes ${name}, which no service consumes: subscribe to it in a lambdas/<service>/service.ts, ` +
          `or write audience: 'external' in its contract in contracts/${owner}.ts.`,
      ),
      ...unpublished.map(
        ([{ name, owner }, subscriber]) =>
          `${subscriber} consumes ${name}, which nothing publishes: add it to "emits" in lambdas/${owner}/service.ts.`,
      ),
    ];
  }

  /** Routes events that match no contract to the dead-letter queue, whose alarm reports them. */
  private catchAll(bus: Bus, deadLetterQueue: DeadLetterQueue): void {
    // Reminders are announced on the bus for the journal.
    // One pattern per owner, because a pattern has at most 2,048 characters (EventBridge quotas).
    const names = namesByOwner([...this.contracts].filter(({ channel }) => channel !== 'topic'));
    const unknown: Record<string, Route> = {
      'unknown-source': { pattern: { source: Match.anythingBut(...names.keys()) } },
    };
    for (const [owner, known] of names) {
      const pattern = { source: [owner], detailType: Match.anythingBut(...known) };
      unknown[`unknown-of-${owner}`] = { pattern };
    }
    bus.deliver(this, {
      queue: deadLetterQueue,
      deadLetterQueue,
      description: 'Events that match no contract.',
      routes: unknown,
    });
  }

  private parameter(id: string, parameterName: string, stringValue: string): void {
    new StringParameter(this, id, { parameterName, stringValue });
  }
}

function asBus(bus: IEventBus): Bus {
  return { arn: bus.eventBusArn, deliver: (scope, props) => deliver(scope, bus, props) };
}

/** Groups contracts by owner. Sorted, so that the template does not depend on their order. */
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
 * Grants a function to publish these events of its service, and no others.
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
