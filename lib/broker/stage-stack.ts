import { Stack, Tags } from 'aws-cdk-lib';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct, IConstruct } from 'constructs';
import { parameterNames } from './manifest';
import type { Stage } from './stage';

/** Settings that the constructs of one stack share. They find them with `StageStack.of(this)`. */
export abstract class StageStack extends Stack {
  private alarmTarget?: ITopic;

  /** @param owner the service's name, or `broker` */
  constructor(
    scope: Construct,
    readonly owner: string,
    /** The deployment stage: `local`, `dev` or `prod`. */
    readonly deploymentStage: Stage,
    description: string,
  ) {
    super(scope, owner, { stackName: `event-broker-${deploymentStage.name}-${owner}`, description });
    const tags = {
      project: 'event-broker',
      stage: deploymentStage.name,
      ...(owner !== 'broker' && { service: owner }),
    };
    for (const [key, value] of Object.entries(tags)) Tags.of(this).add(key, value);
  }

  /** @throws Error when the construct is in a stack that is none of these */
  static override of(construct: IConstruct): StageStack {
    const stack = Stack.of(construct);
    if (stack instanceof StageStack) return stack;
    throw new Error(`${construct.node.path} must be in a ServiceStack or in the BrokerStack.`);
  }

  /** The topic that every alarm notifies. Found by its parameter, unless this stack has set it. */
  get alarmTopic(): ITopic {
    this.alarmTarget ??= Topic.fromTopicArn(
      this,
      'AlarmTopic',
      StringParameter.valueForStringParameter(this, parameterNames.alarmTopic(this.deploymentStage.name)),
    );
    return this.alarmTarget;
  }

  protected set alarmTopic(topic: ITopic) {
    this.alarmTarget = topic;
  }
}
