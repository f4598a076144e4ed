import { type IEventBus, type IRuleTarget, Rule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Route, RoutesProps } from './route';

/** Delivers events of a classic bus to a queue. */
export function deliver(scope: Construct, eventBus: IEventBus, props: RoutesProps): void {
  const { queue, deadLetterQueue, description, routes } = props;
  // The CDK's target grants more actions, and adds a statement for each rule to both queues, whose policies take 20.
  const target = ({ fairBy }: Route): IRuleTarget => ({
    bind: () => ({
      arn: queue.queueArn,
      deadLetterConfig: { arn: deadLetterQueue.queueArn },
      // A path instead of a text (EventBridge User Guide, "Dynamic path parameters").
      ...(fairBy !== undefined && { sqsParameters: { messageGroupId: `$.detail.data.${fairBy}` } }),
    }),
  });
  const rules = Object.entries(routes).map(
    ([id, route]) =>
      new Rule(scope, id, { description, eventBus, eventPattern: route.pattern, targets: [target(route)] }),
  );
  for (const receiver of new Set([queue, deadLetterQueue]))
    acceptFromBus(
      receiver,
      rules.map(({ ruleArn }) => ruleArn),
    );
}

/** Lets EventBridge send messages on behalf of some rules or buses of this account. */
export function acceptFromBus(queue: IQueue, sources: readonly string[]): void {
  queue.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('events.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      // The ARNs contain the account, so EventBridge accepts no rule of another account (confused deputy).
      conditions: { ArnEquals: { 'aws:SourceArn': sources } },
    }),
  );
}
