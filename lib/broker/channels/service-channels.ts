import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { EventContract } from '../../../contracts/core/contract';
import { variables } from '../../../lambdas/runtime/aws/settings';
import type { FunctionDeclaration } from '../../../lambdas/runtime/declare/declaration';
import type { EventBroker } from '../event-broker';
import { parameterNames } from '../manifest';
import type { StageStack } from '../stage-stack';
import type { IdempotencyTable } from '../tables/idempotency-table';
import { Reminders } from './reminders';
import { DirectTopic } from './topic';

/** A service's ways out and in: bus, topic and reminders, each opened when the first function uses it. */
export class ServiceChannels {
  /** The bus's ARN, from its parameter. */
  readonly busArn: string;
  private topic?: DirectTopic;
  private timers?: Reminders;

  constructor(
    private readonly stack: StageStack,
    private readonly broker: EventBroker,
    private readonly records: () => IdempotencyTable,
  ) {
    this.busArn = StringParameter.valueForStringParameter(stack, parameterNames.bus(stack.deploymentStage.name));
  }

  /** Lets the relay publish what a function emits. @throws Error when a contract is not one of the app's */
  publish(declaration: FunctionDeclaration): void {
    for (const contract of declaration.emits) {
      this.broker.publishes(contract, declaration);
      if (contract.channel === 'bus') this.records().publish(contract);
      if (contract.channel === 'topic') this.openTopic();
    }
  }

  /** Makes the stack wait for what a subscription needs. @throws Error when a contract is not one of the app's */
  receive(contract: EventContract, declaration: FunctionDeclaration): void {
    this.broker.subscribes(contract, declaration);
    if (contract.channel !== 'topic') return;
    this.stack.addStackDependency(this.broker.topicOwner(contract), 'the parameter of its topic must be there');
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
