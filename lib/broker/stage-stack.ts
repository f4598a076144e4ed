import { Stack, Tags } from 'aws-cdk-lib';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct, IConstruct } from 'constructs';
import { parameterNames } from './manifest';
import type { Stage } from './stage';

/** A stack of a stage. Its constructs find stage, owner and alarm topic with `StageStack.of(this)`. */
export abstract class StageStack extends Stack {
  private alarmTarget?: ITopic;

  /**
   * @param scope the app
   * @param owner the service's name, or `broker`
   * @param deploymentStage the deployment stage
   * @param description the stack's description in CloudFormation
   */
  constructor(
    scope: Construct,
    readonly owner: string,
    readonly deploymentStage: Stage,
    description: string,
  ) {
    const { name, env } = deploymentStage;
    super(scope, owner, { stackName: `event-broker-${name}-${owner}`, description, env });
    const tags = {
      project: 'event-broker',
      stage: deploymentStage.name,
      ...(owner !== 'broker' && { service: owner }),
    };
    for (const [key, value] of Object.entries(tags)) Tags.of(this).add(key, value);
  }

  /** Returns the stack of a construct. @throws Error when that stack is no {@link StageStack} */
  static override of(construct: IConstruct): StageStack {
    const stack = Stack.of(construct);
    if (stack instanceof StageStack) return stack;
    throw new Error(`${construct.node.path} must be in a ServiceStack or in the BrokerStack.`);
  }

  /** The topic that every alarm notifies. Found by its parameter, unless the stack has set it. */
  get alarmTopic(): ITopic {
    this.alarmTarget ??= Topic.fromTopicArn(
      this,
      'AlarmTopic',
      StringParameter.valueForStringParameter(this, parameterNames.alarmTopic(this.deploymentStage.name)),
    );
    return this.alarmTarget;
  }

  /** The topic that every alarm notifies. */
  protected set alarmTopic(topic: ITopic) {
    this.alarmTarget = topic;
  }
}
