import { join } from 'node:path';
import { type CfnResource, CustomResource, Duration, Lazy, Stack, Tags } from 'aws-cdk-lib';
import { ParameterTier, StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import type { EventContract } from '../../contracts/core/contract';
import { DEPENDENCIES } from '../../lambdas/runtime/adapters/dependency';
import { variables } from '../../lambdas/runtime/aws/settings';
import { Alarms } from './alarms/alarms';
import { DependencyAlarms } from './alarms/dependency-alarms';
import { DeadLetterQueue } from './channels/queues';
import { Reminders } from './channels/reminders';
import { DirectTopic } from './channels/topic';
import type { EventBroker } from './event-broker';
import { RecurringInvocation } from './functions/recurring-invocation';
import { REQUEST_TIMEOUT, RequestReplyApi, type RouteOptions } from './functions/request-reply-api';
import { ServiceFunction } from './functions/service-function';
import { type ServiceSecret, SharedKey } from './functions/shared-key';
import { type EndpointManifest, type Manifest, parameterNames, type ScheduleManifest } from './manifest';
import type { Stage } from './stage';
import { fullName, Subscription, type SubscriptionOptions } from './subscription';
import { DataTable, type TableOptions } from './tables/data-table';
import { IdempotencyTable } from './tables/idempotency-table';

const ON_DEPLOY_TIMEOUT = Duration.minutes(5);

const LAMBDAS = join(__dirname, '..', '..', 'lambdas');

/** What every service's stack needs to know. */
export interface ServiceStackProps {
  readonly stage: Stage;
  /** Hears of the service's contracts. No resource of its stack is used: the bus is found by its parameter. */
  readonly broker: EventBroker;
  /** Where the functions' code is: `<folder>/<service>/<name>.ts`. @default the app's `lambdas` */
  readonly code?: string;
  /** @default 30 days */
  readonly idempotencyWindow?: Duration;
}

/** One of the service's tables, and what it is called in the service's code. */
export interface ServiceTable {
  readonly name: string;
  readonly table: DataTable;
}

export interface UsesTables {
  /** The service's tables that it reads and writes. @default none */
  readonly uses?: readonly ServiceTable[];
}

export interface UsesSecrets {
  /** The service's secrets that it reads. @default none */
  readonly secrets?: readonly ServiceSecret[];
}

export interface SharesDependencies {
  /**
   * Names of what it calls outside, e.g. `payment-provider`, when its code uses the adapters `circuitBreaker` or `rateLimit` for
   * it: all functions of the service that name it share its state, in one table, and people hear when it does not work.
   *
   * @default none
   */
  readonly dependencies?: readonly string[];
}

export interface EndpointOptions extends UsesTables, UsesSecrets, RouteOptions {
  /** What it may publish: contracts of its own service. @default nothing */
  readonly emits?: readonly EventContract[];
  /** It only reads, so it may not write, and remembers nothing. @default false */
  readonly readOnly?: boolean;
  /** Settings of its own, for its code. @default none */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface ScheduleOptions extends UsesTables {
  readonly every: Duration;
  /** What it may publish: contracts of its own service. @default nothing */
  readonly emits?: readonly EventContract[];
  /** Settings of its own. @default none */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * What every service's stack starts from: its own tables, subscriptions, functions and idempotency table, and a manifest by
 * which it is found. It deploys, rolls back and is deleted alone.
 */
export abstract class ServiceStack extends Stack {
  private readonly deployTo: Stage;
  private readonly broker: EventBroker;
  private readonly code: string;
  private readonly alarms: Alarms;
  private readonly busArn: string;
  private readonly records: IdempotencyTable;
  private readonly tables: ServiceTable[] = [];
  private readonly secrets: ServiceSecret[] = [];
  private readonly subscriptions: Subscription[] = [];
  private readonly endpoints: EndpointManifest[] = [];
  private readonly schedules: ScheduleManifest[] = [];
  private api?: RequestReplyApi;
  private topic?: DirectTopic;
  private reminders?: Reminders;
  private sharedState?: ServiceTable;
  private readonly watched = new Set<string>();

  /** @param service the service's name: the owner of its contracts, the folder of its code */
  constructor(
    scope: Construct,
    private readonly service: string,
    { stage, broker, code = LAMBDAS, idempotencyWindow }: ServiceStackProps,
  ) {
    super(scope, service, {
      stackName: `event-broker-${stage.name}-${service}`,
      description: `Event broker: ${service}`,
    });
    this.deployTo = stage;
    this.broker = broker;
    this.code = code;
    this.alarms = new Alarms(this, stage.name);
    this.busArn = StringParameter.valueForStringParameter(this, parameterNames.bus(stage.name));
    this.addStackDependency(Stack.of(broker), 'its parameters must be there, nothing else');
    this.records = new IdempotencyTable(this, 'Idempotency', {
      stage,
      alarms: this.alarms,
      service,
      busArn: this.busArn,
      relayEntry: join(LAMBDAS, 'runtime', 'outbox-relay.ts'),
      idempotencyWindow,
    });
    new StringParameter(this, 'Manifest', {
      parameterName: parameterNames.manifest(stage.name, service),
      stringValue: this.toJsonString(this.lazyManifest()),
      // More than 4 KB for a service with many subscriptions.
      tier: ParameterTier.INTELLIGENT_TIERING,
    });
    for (const [key, value] of Object.entries({ project: 'event-broker', stage: stage.name, service })) {
      Tags.of(this).add(key, value);
    }
  }

  /** A table of this service's own. In the functions' code it goes by `name`. */
  protected table(name: string, options: TableOptions): ServiceTable {
    const table = new DataTable(this, `${name}-table`, { ...options, stage: this.deployTo });
    const serviceTable = { name, table };
    this.tables.push(serviceTable);
    return serviceTable;
  }

  /** A key that the service shares with others, made when it is deployed first. In the functions' code it goes by `name`. */
  protected sharedKey(name: string): ServiceSecret {
    const of = `${this.service}: ${name}`;
    const serviceSecret = { name, secret: new SharedKey(this, `${name}-secret`, { stage: this.deployTo, of }) };
    this.secrets.push(serviceSecret);
    return serviceSecret;
  }

  /** Has the function `lambdas/<service>/<name>.ts` receive events. */
  protected subscribe(
    name: string,
    {
      uses: own = [],
      secrets = [],
      dependencies = [],
      ...options
    }: SubscriptionOptions & UsesTables & UsesSecrets & SharesDependencies,
  ): void {
    const uses = dependencies.length > 0 ? [...own, this.share(dependencies)] : own;
    this.publish(name, options.emits);
    for (const contract of options.to) this.receive(name, contract);
    const subscription = new Subscription(this, name, {
      ...options,
      ...this.common(name),
      busArn: this.busArn,
      reminders: () => this.timers(),
      environment: { ...options.environment, ...this.workEnvironment(uses, options.emits) },
    });
    this.grantWork(subscription.consumer, uses);
    this.grantSecrets(subscription.consumer, secrets);
    this.subscriptions.push(subscription);
  }

  /** Has the function `lambdas/<service>/<name>.ts` answer a route of the service's HTTP API, e.g. `POST /orders`. */
  protected endpoint(name: string, route: string, options: EndpointOptions = {}): void {
    const { uses = [], secrets = [], emits = [], readOnly = false, environment } = options;
    this.publish(name, emits);
    const endpoint = new ServiceFunction(this, name, {
      ...this.common(name),
      timeout: REQUEST_TIMEOUT,
      environment: { ...environment, ...this.workEnvironment(uses, emits) },
    });
    if (readOnly) this.grantRead(endpoint, uses);
    else this.grantWork(endpoint, uses);
    this.grantSecrets(endpoint, secrets);
    this.http().route(route, endpoint, options);
    this.endpoints.push({ name, function: endpoint.functionName, route, emits: emits.map(fullName) });
  }

  /** Where the service's HTTP API is, without a slash at the end. */
  protected get apiUrl(): string {
    return this.http().url;
  }

  /** Tells other services something about this one, by a parameter: they read it when they are deployed. */
  protected announce(name: string, value: string): void {
    new StringParameter(this, `${name}-parameter`, {
      parameterName: parameterNames.announced(this.deployTo.name, this.service, name),
      stringValue: value,
    });
  }

  /** What another service, or a person, has announced. It must be there before this service is deployed. */
  protected announced(service: string, name: string): string {
    return StringParameter.valueForStringParameter(this, parameterNames.announced(this.deployTo.name, service, name));
  }

  /** Runs the function `lambdas/<service>/<name>.ts` again and again. */
  protected schedule(name: string, options: ScheduleOptions): void {
    const { uses = [], emits = [], every, environment } = options;
    this.publish(name, emits);
    const { deployTo: stage, alarms } = this;
    const work = new ServiceFunction(this, name, {
      ...this.common(name),
      environment: { ...environment, ...this.workEnvironment(uses, emits) },
    });
    this.grantWork(work, uses);
    const of = `${this.service}.${name}`;
    const deadLetterQueue = new DeadLetterQueue(this, `${name}-dead-letters`, { stage, alarms, of });
    new RecurringInvocation(this, `${name}-schedule`, { work, every, deadLetterQueue });
    this.schedules.push({ name, function: work.functionName, deadLetterQueue: deadLetterQueue.queueUrl });
  }

  /**
   * Runs the function `lambdas/<service>/<name>.ts` when the service is deployed first, and whenever `version` changes.
   *
   * @param options.version by default the hash of the function's code, in which the data is that it imports
   */
  protected onDeploy(name: string, { uses = [], version }: UsesTables & { readonly version?: string }): void {
    const work = new ServiceFunction(this, name, { ...this.common(name), environment: this.workEnvironment(uses, []) });
    this.grantTables(work, uses);
    const resource = new CustomResource(this, `${name}-run`, {
      serviceToken: work.functionArn,
      properties: { version: version ?? work.codeVersion },
    });
    // CloudFormation would wait an hour for a function that dies. The library's own property writes the number as text.
    (resource.node.defaultChild as CfnResource).addPropertyOverride('ServiceTimeout', ON_DEPLOY_TIMEOUT.toSeconds());
    // Not before the function may do what it has to.
    if (work.role) resource.node.addDependency(work.role);
  }

  /** The table of what the service's functions know together of what they call. */
  private share(dependencies: readonly string[]): ServiceTable {
    const { deployTo: stage, alarms, service } = this;
    for (const dependency of dependencies) {
      if (this.watched.has(dependency)) continue;
      this.watched.add(dependency);
      new DependencyAlarms(this, `${dependency}-dependency`, { stage, alarms, service, dependency });
    }
    this.sharedState ??= this.table(DEPENDENCIES, { partitionKey: 'dependency' });
    return this.sharedState;
  }

  private http(): RequestReplyApi {
    const { deployTo: stage, alarms, service } = this;
    this.api ??= new RequestReplyApi(this, 'Http', { stage, alarms, service });
    return this.api;
  }

  private common(name: string) {
    const { deployTo: stage, alarms, service } = this;
    return { stage, alarms, service, name, entry: join(this.code, service, `${name}.ts`) };
  }

  /** Nobody publishes what another service owns. */
  private publish(name: string, emits: readonly EventContract[] = []): void {
    for (const contract of emits) {
      if (contract.owner !== this.service) {
        throw new Error(
          `${this.service}.${name} cannot publish ${contract.name}: it is owned by ${contract.owner}. ` +
            'Publish an event of your own and let its owner subscribe to that.',
        );
      }
      this.broker.requireContract(contract);
      if (contract.channel === 'bus') this.records.publish(contract);
      if (contract.channel === 'topic') this.openTopic();
    }
  }

  /** What has to be there before this service can receive an event. */
  private receive(name: string, contract: EventContract): void {
    this.broker.requireContract(contract);
    if (contract.channel === 'reminder' && contract.owner !== this.service) {
      throw new Error(
        `${this.service}.${name} cannot receive ${contract.name}: reminders come back to ${contract.owner}.`,
      );
    }
    if (contract.channel === 'topic') {
      this.addStackDependency(this.broker.topicOwner(contract), 'the parameter of its topic must be there');
    }
  }

  private openTopic(): void {
    if (this.topic) return;
    this.topic = new DirectTopic(this, 'Topic', { stage: this.deployTo, service: this.service });
    this.topic.grantPublish(this.records.relay);
    this.records.relay.addEnvironment(variables.topic, this.topic.topicArn);
    this.broker.addTopic(this.service, this);
  }

  private timers(): Reminders {
    const { relay, deadLetterQueue } = this.records;
    this.reminders ??= new Reminders(this, 'Reminders', { stage: this.deployTo, relay, deadLetterQueue });
    return this.reminders;
  }

  private workEnvironment(uses: readonly ServiceTable[], emits: readonly EventContract[] = []): Record<string, string> {
    return {
      ...Object.fromEntries(uses.map(({ name, table }) => [variables.table(name), table.tableName])),
      [variables.records]: this.records.table.tableName,
      [variables.idempotencyDays]: String(this.records.idempotencyDays),
      [variables.emits]: emits.map(({ name }) => name).join(','),
    };
  }

  private grantRead(reader: ServiceFunction, uses: readonly ServiceTable[]): void {
    for (const { table } of uses) table.grantLoad(reader);
  }

  private grantWork(worker: ServiceFunction, uses: readonly ServiceTable[]): void {
    this.records.grantRemember(worker);
    this.grantTables(worker, uses);
  }

  private grantTables(worker: ServiceFunction, uses: readonly ServiceTable[]): void {
    this.grantRead(worker, uses);
    for (const { table } of uses) table.grantCommit(worker);
  }

  private grantSecrets(reader: ServiceFunction, secrets: readonly ServiceSecret[]): void {
    for (const { name, secret } of secrets) {
      reader.addEnvironment(variables.secret(name), secret.secretArn);
      reader.allow(['secretsmanager:GetSecretValue'], secret.secretArn);
    }
  }

  /** Filled in as the service declares what it has. */
  private lazyManifest() {
    return Lazy.any({
      produce: (): Manifest => ({
        service: this.service,
        records: this.records.table.tableName,
        relay: { function: this.records.relay.functionName, deadLetterQueue: this.records.deadLetterQueue.queueUrl },
        tables: Object.fromEntries(this.tables.map(({ name, table }) => [name, table.tableName])),
        ...(this.secrets.length > 0 && {
          secrets: Object.fromEntries(this.secrets.map(({ name, secret }) => [name, secret.secretArn])),
        }),
        subscriptions: this.subscriptions.map(({ manifest }) => manifest),
        endpoints: this.endpoints,
        ...(this.schedules.length > 0 && { schedules: this.schedules }),
        ...(this.api && { api: this.api.manifest }),
      }),
    });
  }
}
