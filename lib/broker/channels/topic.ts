import { Alias } from 'aws-cdk-lib/aws-kms';
import { type ITopic, SubscriptionFilter, Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import type { EventContract } from '../../../contracts/core/contract';
import { NAME_ATTRIBUTE } from '../../../lambdas/runtime/publish/sizes';
import type { ServiceFunction } from '../functions/service-function';
import { parameterNames } from '../manifest';
import { StageStack } from '../stage-stack';

/**
 * A topic for direct subscription. The owner publishes, and knows only that SNS accepted the message. Each receiver subscribes its
 * own queue and finds the topic by its SSM parameter.
 */
export class DirectTopic extends Construct {
  private readonly topic: Topic;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const { deploymentStage: stage, owner: service } = StageStack.of(this);
    this.topic = new Topic(this, 'Topic', {
      displayName: `${service} publishes here`,
      enforceSSL: true,
      masterKey: Alias.fromAliasName(this, 'Key', 'alias/aws/sns'),
    });
    this.topic.applyRemovalPolicy(stage.removalPolicy);
    new StringParameter(this, 'Parameter', {
      parameterName: parameterNames.topic(stage.name, service),
      stringValue: this.topicArn,
    });
  }

  get topicArn(): string {
    return this.topic.topicArn;
  }

  grantPublish(publisher: ServiceFunction): void {
    publisher.allow(['sns:Publish'], this.topicArn);
  }
}

/** Subscribes a queue to contracts on another service's topic. Messages that SNS cannot deliver become dead letters. */
export function subscribeDirectly(
  scope: Construct,
  owner: string,
  contracts: readonly EventContract[],
  { queue, deadLetterQueue }: { readonly queue: IQueue; readonly deadLetterQueue: IQueue },
): void {
  const stack = StageStack.of(scope);
  const topic: ITopic = Topic.fromTopicArn(
    scope,
    `Topic-${owner}`,
    StringParameter.valueForStringParameter(stack, parameterNames.topic(stack.deploymentStage.name, owner)),
  );
  topic.addSubscription(
    new SqsSubscription(queue, {
      rawMessageDelivery: true,
      deadLetterQueue,
      filterPolicy: {
        [NAME_ATTRIBUTE]: SubscriptionFilter.stringFilter({ allowlist: contracts.map(({ name }) => name) }),
      },
    }),
  );
}
