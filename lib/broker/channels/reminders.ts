import { Lazy, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { EventContract } from '../../../contracts/core/contract';
import { variables } from '../../../lambdas/runtime/aws/settings';
import type { ReminderTargets } from '../../../lambdas/runtime/publish/reminders';
import type { ServiceFunction } from '../functions/service-function';
import { StageStack } from '../stage-stack';

export interface RemindersProps {
  /** Sends reminders: to the queue with a delay of up to 15 minutes (SQS's maximum), beyond that with a schedule. */
  readonly relay: ServiceFunction;
  /** Receives reminders that EventBridge Scheduler cannot deliver. */
  readonly deadLetterQueue: IQueue;
}

/** A service's durable timers. Each reminder is delivered to one of the service's own subscriptions. */
export class Reminders extends Construct {
  private readonly queues = new Map<string, IQueue>();
  private readonly role: Role;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: RemindersProps,
  ) {
    super(scope, id);
    const { relay, deadLetterQueue } = props;
    const { deploymentStage: stage } = StageStack.of(this);
    const group = new ScheduleGroup(this, 'Group', { removalPolicy: stage.removalPolicy });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        // Prevents schedules of other accounts from assuming the role (confused deputy).
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    deadLetterQueue.grantSendMessages(this.role);
    relay.allow(['scheduler:CreateSchedule'], this.schedulesOf(group));
    Validations.of(relay.executionRole).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/${group.scheduleGroupName}/*]`,
      reason: 'Each reminder is one schedule, in a group that holds only reminders.',
    });
    relay.addToRolePolicy(
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [this.role.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
      }),
    );
    const targets = (): ReminderTargets => ({
      queues: Object.fromEntries(
        [...this.queues].map(([name, { queueUrl: url, queueArn: arn }]) => [name, { url, arn }]),
      ),
      scheduleGroup: group.scheduleGroupName,
      role: this.role.roleArn,
      deadLetterQueue: deadLetterQueue.queueArn,
    });
    relay.addEnvironment(variables.reminders, Stack.of(this).toJsonString(Lazy.any({ produce: targets })));
  }

  /** Delivers a reminder to a queue. @throws Error when the reminder has a subscription already */
  deliver({ name }: EventContract, queue: IQueue): void {
    if (this.queues.has(name))
      throw new Error(`${name} has a subscription already, and a reminder can have only one. Remove one of them.`);
    this.queues.set(name, queue);
    queue.grantSendMessages(this.props.relay);
    queue.grantSendMessages(this.role);
  }

  private schedulesOf(group: ScheduleGroup): string {
    const resource = 'schedule';
    return Stack.of(this).formatArn({ service: 'scheduler', resource, resourceName: `${group.scheduleGroupName}/*` });
  }
}
