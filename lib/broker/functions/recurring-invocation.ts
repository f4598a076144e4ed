import { type Duration, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { ServiceFunction } from './service-function';

export interface RecurringInvocationProps {
  readonly work: ServiceFunction;
  readonly every: Duration;
  /** For invocations that the scheduler could not make. */
  readonly deadLetterQueue: IQueue;
}

/** Runs a function again and again. */
export class RecurringInvocation extends Construct {
  constructor(scope: Construct, id: string, { work, every, deadLetterQueue }: RecurringInvocationProps) {
    super(scope, id);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        // No other account's scheduler may borrow the role.
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    // The library's own target would let it invoke every version of the function, of which there are none.
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
