import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { EventContract } from '../../../contracts/core/contract';
import { variables } from '../../../lambdas/runtime/aws/settings';
import type { FunctionDeclaration } from '../../../lambdas/runtime/declare/declaration';
import type { EventBroker } from '../event-broker';
import { hasJournal } from '../journal/has-journal';
import { parameterNames } from '../manifest';
import type { StageStack } from '../stage-stack';
import type { IdempotencyTable } from '../tables/idempotency-table';
import { importBus } from './bus';
import { Reminders } from './reminders';
import type { Bus } from './route';
import { DirectTopic } from './topic';

/** A service's bus, topic and reminders. Topic and reminders are created when the first function uses them. */
export class ServiceChannels {
  /** The bus, whose ARN is in its parameter. */
  readonly bus: Bus;
  private topic?: DirectTopic;
  private timers?: Reminders;

  constructor(
    private readonly stack: StageStack,
    private readonly broker: EventBroker,
    private readonly records: () => IdempotencyTable,
  ) {
    this.bus = importBus(
      broker.kind,
      StringParameter.valueForStringParameter(stack, parameterNames.bus(stack.deploymentStage.name)),
    );
  }

  /** Grants the relay to publish the events that a function emits. @throws Error when the app does not export a contract */
  publish(declaration: FunctionDeclaration): void {
    for (const contract of declaration.emits) {
      this.broker.publishes(contract, declaration);
      if (contract.channel === 'bus') this.records().publish(contract);
      if (contract.channel === 'topic') this.openTopic();
      if (contract.channel === 'reminder' && hasJournal(this.stack.node)) this.announce(contract);
    }
  }

  /** Registers a subscription, and adds the stack dependency that a topic needs. @throws Error when the app does not export a contract */
  receive(contract: EventContract, declaration: FunctionDeclaration): void {
    this.broker.subscribes(contract, declaration);
    if (contract.channel !== 'topic') return;
    this.stack.addStackDependency(this.broker.topicOwner(contract), 'reads the parameter of its topic');
  }

  /** Only the journal receives a reminder from the bus. */
  private announce(reminder: EventContract): void {
    this.records().publish(reminder);
    this.records().relay.addEnvironment(variables.announceReminders, 'true');
  }

  get reminders(): Reminders {
    const { relay, deadLetterQueue } = this.records();
    this.timers ??= new Reminders(this.stack, 'Reminders', { relay, deadLetterQueue });
    return this.timers;
  }

  private openTopic(): void {
    if (this.topic) return;
    const { relay } = this.records();
    this.topic = new DirectTopic(this.stack, 'Topic');
    this.topic.grantPublish(relay);
    relay.addEnvironment(variables.topic, this.topic.topicArn);
    this.broker.addTopic(this.stack.owner, this.stack);
  }
}
