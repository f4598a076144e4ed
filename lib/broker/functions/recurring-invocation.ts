import { type Duration, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { ServiceFunction } from './service-function';

export interface RecurringInvocationProps {
  readonly work: ServiceFunction;
  readonly every: Duration;
  /** Receives invocations that EventBridge Scheduler could not deliver. */
  readonly deadLetterQueue: IQueue;
}

/** Invokes a function at a fixed rate. */
export class RecurringInvocation extends Construct {
  constructor(scope: Construct, id: string, { work, every, deadLetterQueue }: RecurringInvocationProps) {
    super(scope, id);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        // Prevents schedules of other accounts from assuming the role (confused deputy).
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    // The CDK's target would also grant to invoke every version of the function.
    work.grantInvokeLatestVersion(role);
    deadLetterQueue.grantSendMessages(role);
    new Schedule(this, 'Schedule', {
      description: work.node.path,
      schedule: ScheduleExpression.rate(every),
      target: {
        bind: () => ({ arn: work.functionArn, role, deadLetterConfig: { arn: deadLetterQueue.queueArn } }),
      },
    });
  }
}
