import { Duration, Names, Stack } from 'aws-cdk-lib';
import { CfnSubscriber } from 'aws-cdk-lib/aws-eventsv2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Bus, RoutesProps } from './route';

/** As a rule's target has by default. A subscriber's own default is 5 attempts in 300 seconds. */
const RETRIES = { maxRetryAttempts: 185, maxEventAgeInSeconds: Duration.hours(24).toSeconds() };

/** Custom Event Bus: the name of a subscriber has at most 256 characters. This leaves room for the id of a route. */
const MAX_NAME_LENGTH = 128;

/** A Custom Event Bus: each route is a subscriber. */
export class BusV2 implements Bus {
  private latest?: CfnSubscriber;

  constructor(readonly arn: string) {}

  deliver(scope: Construct, { queue, deadLetterQueue, description, routes }: RoutesProps): void {
    // EventBridge checks the role's policy instead of the queue's.
    const role = new Role(scope, 'Delivery', { assumedBy: new ServicePrincipal('events.amazonaws.com') });
    for (const receiver of new Set([queue, deadLetterQueue])) receiver.grantSendMessages(role);
    for (const [id, { pattern, fairBy }] of Object.entries(routes)) {
      const { detailType, ...rest } = pattern;
      const data = { ...rest, ...(detailType !== undefined && { 'detail-type': detailType }) };
      const subscriber = new CfnSubscriber(scope, id, {
        eventBusArn: this.arn,
        name: `${Names.uniqueResourceName(scope, { maxLength: MAX_NAME_LENGTH, separator: '-' })}-${id}`,
        description,
        type: 'UNORDERED',
        startingPosition: 'LATEST',
        filterConfiguration: { filters: [{ scope: 'DATA', pattern: Stack.of(scope).toJsonString(data) }] },
        // The envelope of the classic bus, so that consumers need not distinguish them.
        transformer: { type: 'RAW' },
        invokeConfiguration: {
          targetArn: queue.queueArn,
          roleArn: role.roleArn,
          ...(fairBy !== undefined && {
            sqsParameters: { messageGroupId: `{% $events.Data.detail.data.${fairBy} %}` },
          }),
        },
        retryPolicy: RETRIES,
        onFailureConfiguration: { arn: deadLetterQueue.queueArn },
      });
      subscriber.node.addDependency(role);
      // EventBridge creates one subscriber of a bus at a time, and refuses another meanwhile.
      if (this.latest) subscriber.addResourceDependency(this.latest);
      this.latest = subscriber;
    }
  }
}
