import { type EventPattern, type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

export interface RoutesProps {
  readonly bus: IEventBus;
  readonly queue: IQueue;
  /** Receives events that EventBridge cannot deliver to the queue. */
  readonly deadLetterQueue: IQueue;
  /** What the rules deliver, in their descriptions. @default none */
  readonly description?: string;
  /** One rule for each pattern, by the id of its construct. */
  readonly patterns: Readonly<Record<string, EventPattern>>;
}

/** Delivers events of the bus to a queue. @returns the rules */
export function deliver(scope: Construct, props: RoutesProps): readonly Rule[] {
  const { bus: eventBus, queue, deadLetterQueue, description, patterns } = props;
  // The CDK's target grants more actions, and adds a statement for each rule to both queues, whose policies take 20.
  const target = { bind: () => ({ arn: queue.queueArn, deadLetterConfig: { arn: deadLetterQueue.queueArn } }) };
  const rules = Object.entries(patterns).map(
    ([id, eventPattern]) => new Rule(scope, id, { description, eventBus, eventPattern, targets: [target] }),
  );
  for (const receiver of new Set([queue, deadLetterQueue]))
    acceptFromBus(
      receiver,
      rules.map(({ ruleArn }) => ruleArn),
    );
  return rules;
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
