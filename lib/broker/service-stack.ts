import { join } from 'node:path';
import { type CfnResource, CustomResource, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { ParameterTier, StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { variables } from '../../lambdas/runtime/aws/settings';
import {
  consumerOf,
  type Endpoint,
  type FunctionDeclaration,
  inboxIn,
  isReadOnly,
  type Schedule,
  type Subscription as SubscriptionDeclaration,
  type Task,
} from '../../lambdas/runtime/declare/declaration';
import type { Service } from '../../lambdas/runtime/declare/service';
import { DeadLetterQueue } from './channels/queues';
import { ServiceChannels } from './channels/service-channels';
import { DoorFront, type HttpFront } from './functions/http-front';
import { RecurringInvocation } from './functions/recurring-invocation';
import { REQUEST_TIMEOUT, RequestReplyApi } from './functions/request-reply-api';
import { DEFAULT_FUNCTION_TIMEOUT, ServiceFunction, type ServiceFunctionProps } from './functions/service-function';
import {
  type EndpointManifest,
  fullName,
  type InboxManifest,
  inboxManifestOf,
  type Manifest,
  parameterNames,
  type ScheduleManifest,
} from './manifest';
import { ServiceResources } from './service-resources';
import type { FunctionOptions, ScheduleOptions, ServiceStackProps, TaskOptions } from './service-stack-props';
import { StageStack } from './stage-stack';
import { Subscription, type SubscriptionOptions } from './subscription';
import { IdempotencyTable } from './tables/idempotency-table';

export type { ServiceStackProps } from './service-stack-props';

const LAMBDAS = join(__dirname, '..', '..', 'lambdas');
const ON_DEPLOY_TIMEOUT = Duration.minutes(5);

/**
 * The stack of a service: its tables, subscriptions, functions, idempotency table and manifest. It is deployed, rolled back and
 * deleted alone. A table or secret is created when the first function uses it.
 *
 * @example
 * export class InventoryStack extends ServiceStack {
 *   constructor(scope: Construct, props: ServiceStackProps) {
 *     super(scope, inventory, props);
 *     this.subscribe(reserveStock, { maxConcurrency: 20 });
 *     this.subscribe(releaseStock);
 *   }
 * }
 */
export abstract class ServiceStack extends StageStack {
  private readonly code: string;
  private readonly channels: ServiceChannels;
  private readonly records: IdempotencyTable;
  private readonly resources: ServiceResources;
  private readonly subscriptions: Subscription[] = [];
  /** `<inbox> <contract>` → the subscription that receives it. */
  private readonly received = new Map<string, string>();
  private readonly endpoints: EndpointManifest[] = [];
  private readonly schedules: ScheduleManifest[] = [];
  private api?: HttpFront;

  /**
   * @param scope the app
   * @param service the declaration from `lambdas/<service>/service.ts`
   * @param props the stage and the bus
   */
  constructor(
    scope: Construct,
    private readonly service: Service,
    { stage, broker, code = LAMBDAS, idempotencyWindow }: ServiceStackProps,
  ) {
    super(scope, service.name, stage, `Event broker: ${service.name}`);
    this.code = code;
    this.addStackDependency(Stack.of(broker), 'reads its parameters');
    this.channels = new ServiceChannels(this, broker, () => this.records);
    this.records = new IdempotencyTable(this, 'Idempotency', {
      busArn: this.channels.bus.arn,
      relayEntry: join(LAMBDAS, 'runtime', 'outbox-relay.ts'),
      idempotencyWindow,
    });
    this.resources = new ServiceResources(this);
    new StringParameter(this, 'Manifest', {
      parameterName: parameterNames.manifest(stage.name, service.name),
      stringValue: this.toJsonString(Lazy.any({ produce: () => this.manifest() })),
      // The manifest of a service with many subscriptions exceeds the 4 KB of a standard parameter.
      tier: ParameterTier.INTELLIGENT_TIERING,
    });
  }

  /**
   * Creates a subscription: rule, queue, dead-letter queue and consumer.
   *
   * @throws Error when a contract is not exported by the app, or another service declared the subscription
   */
  protected subscribe(declaration: SubscriptionDeclaration, options: SubscriptionOptions = {}): void {
    this.requireOwn(declaration);
    this.requireSingleReceiver(declaration);
    this.channels.publish(declaration);
    for (const contract of declaration.to) this.channels.receive(contract, declaration);
    const subscription = new Subscription(this, declaration.name, {
      ...options,
      declaration,
      entry: this.entryOf(declaration),
      bus: this.channels.bus,
      reminders: () => this.channels.reminders,
      environment: { ...options.environment, ...this.workEnvironment() },
    });
    this.grantWork(declaration, subscription.consumer);
    this.connectInbox(declaration);
    this.subscriptions.push(subscription);
  }

  /** Creates an endpoint's function and its route on the service's HTTP API. @throws Error when another service declared the endpoint */
  protected endpoint(declaration: Endpoint, options: FunctionOptions = {}): void {
    this.requireOwn(declaration);
    this.channels.publish(declaration);
    const handler = this.function(declaration, { ...options, timeout: REQUEST_TIMEOUT });
    if (isReadOnly(declaration)) this.resources.grantRead(declaration, handler);
    else this.grantWork(declaration, handler);
    const inbox = this.connectInbox(declaration);
    this.http().route(declaration, handler);
    this.endpoints.push({
      name: declaration.name,
      function: handler.functionName,
      route: declaration.route,
      ...namesIn(declaration),
      ...(inbox && { inbox }),
      timeoutSeconds: REQUEST_TIMEOUT.toSeconds(),
    });
  }

  /**
   * Creates a schedule's function, and invokes it at a fixed rate.
   *
   * @param declaration the schedule
   * @param options the rate, and settings of the function
   * @throws Error when another service declared the schedule
   */
  protected schedule(declaration: Schedule, { every, ...options }: ScheduleOptions): void {
    this.requireOwn(declaration);
    this.channels.publish(declaration);
    const { name } = declaration;
    const work = this.function(declaration, options);
    this.grantWork(declaration, work);
    const deadLetterQueue = new DeadLetterQueue(this, `${name}-dead-letters`, { of: consumerOf(declaration) });
    new RecurringInvocation(this, `${name}-schedule`, { work, every, deadLetterQueue });
    this.schedules.push({
      name,
      function: work.functionName,
      deadLetterQueue: deadLetterQueue.queueUrl,
      ...namesIn(declaration),
      everySeconds: every.toSeconds(),
      timeoutSeconds: DEFAULT_FUNCTION_TIMEOUT.toSeconds(),
    });
  }

  /**
   * Runs a task's function at the first deployment, and again whenever `version` changes.
   *
   * Uses a custom resource, because `aws-cdk-lib/triggers` adds another function and another asset to each stack.
   *
   * @param declaration the task
   * @param options the version. Default: the hash of the function's code and of the data that it imports
   */
  protected onDeploy(declaration: Task, { version }: TaskOptions = {}): void {
    const { name } = declaration;
    const work = this.function(declaration, {});
    this.resources.grantWrite(declaration, work);
    const resource = new CustomResource(this, `${name}-run`, {
      serviceToken: work.functionArn,
      properties: { version: version ?? work.codeVersion },
    });
    // Without it, CloudFormation waits an hour for a function that crashed. The CDK's `serviceTimeout` writes the number as text.
    (resource.node.defaultChild as CfnResource).addPropertyOverride('ServiceTimeout', ON_DEPLOY_TIMEOUT.toSeconds());
    // The function runs only after its permissions exist.
    if (work.role) resource.node.addDependency(work.role);
  }

  /** The URL of the service's HTTP API, without a trailing slash. */
  protected get apiUrl(): string {
    return this.http().url;
  }

  /** Writes a value to the SSM parameter `/event-broker/<stage>/<service>/<name>`, which other stacks read when they are deployed. */
  protected publishParameter(name: string, value: string): void {
    new StringParameter(this, `${name}-parameter`, {
      parameterName: parameterNames.published(this.deploymentStage.name, this.service.name, name),
      stringValue: value,
    });
  }

  /** Returns a value that another service or an operator published. It must exist before this stack is deployed. */
  protected importParameter(service: string, name: string): string {
    return this.resources.importParameter(service, name);
  }

  /** The ARN of one of the service's secrets. */
  protected secretArn(secret: Parameters<ServiceResources['secretArn']>[0]): string {
    return this.resources.secretArn(secret);
  }

  private function(declaration: FunctionDeclaration, options: FunctionOptions & Pick<ServiceFunctionProps, 'timeout'>) {
    return new ServiceFunction(this, declaration.name, {
      ...options,
      name: declaration.name,
      entry: this.entryOf(declaration),
      environment: { ...options.environment, ...this.workEnvironment() },
    });
  }

  private entryOf({ name }: FunctionDeclaration): string {
    return join(this.code, this.service.name, `${name}.ts`);
  }

  private workEnvironment(): Record<string, string> {
    return {
      [variables.records]: this.records.table.tableName,
      [variables.idempotencyDays]: String(this.records.idempotencyDays),
    };
  }

  private grantWork(declaration: FunctionDeclaration, worker: ServiceFunction): void {
    // A deployment updates the relay first, so that it reads whatever outbox a new version writes.
    resourceOf(worker).addResourceDependency(resourceOf(this.records.relay));
    this.records.grantRemember(worker);
    this.resources.grantWrite(declaration, worker);
  }

  /** Publishes what a function keeps in its inbox. */
  private connectInbox(declaration: FunctionDeclaration): InboxManifest | undefined {
    const inbox = inboxIn(declaration);
    if (inbox && declaration.emits.length > 0) this.records.publishFrom(this.resources.table(inbox.table));
    return inboxManifestOf(declaration);
  }

  /** @throws Error when an inbox would receive an event twice */
  private requireSingleReceiver({ name, uses, to }: SubscriptionDeclaration): void {
    const { table: inbox } = inboxIn({ name, uses }) ?? {};
    if (inbox === undefined) return;
    for (const event of to.map(fullName)) {
      const other = this.received.get(`${inbox.name} ${event}`);
      if (other !== undefined) {
        throw new Error(
          `${this.service.name}.${inbox.name} is the inbox of ${other} and ${name}, which both receive ${event}: ` +
            'a receipt of it would be that of both. Take one of them out of "inboxOf".',
        );
      }
      this.received.set(`${inbox.name} ${event}`, name);
    }
  }

  private http(): HttpFront {
    const { httpDoor } = this.deploymentStage;
    this.api ??= httpDoor ? new DoorFront(httpDoor, this.service.name) : new RequestReplyApi(this, 'Http');
    return this.api;
  }

  private requireOwn(declaration: FunctionDeclaration): void {
    if (declaration.service === this.service.name) return;
    throw new Error(
      `${this.service.name} cannot run ${consumerOf(declaration)}: it is declared by ${declaration.service}.`,
    );
  }

  /** Resolved at synthesis, when the whole service is declared. */
  private manifest(): Manifest {
    const { table, relay, deadLetterQueue, idempotencyDays } = this.records;
    const { tables, secrets } = this.resources.manifest;
    return {
      service: this.service.name,
      records: table.tableName,
      relay: { function: relay.functionName, deadLetterQueue: deadLetterQueue.queueUrl },
      tables,
      ...(secrets && { secrets }),
      idempotencyDays,
      subscriptions: this.subscriptions.map(({ manifest }) => manifest),
      endpoints: this.endpoints,
      ...(this.schedules.length > 0 && { schedules: this.schedules }),
      ...(this.api && { api: this.api.manifest }),
    };
  }
}

function namesIn({ emits, uses }: FunctionDeclaration) {
  return { emits: emits.map(fullName), uses: uses.map(({ name }) => name) };
}

function resourceOf({ node }: ServiceFunction): CfnResource {
  return node.defaultChild as CfnResource;
}
