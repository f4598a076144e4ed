import type { EventPattern } from 'aws-cdk-lib/aws-events';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** A bus, as the stacks of its subscribers use it. */
export interface Bus {
  readonly arn: string;
  /** Delivers events of the bus to a queue. */
  deliver(scope: Construct, props: RoutesProps): void;
}

export interface RoutesProps {
  readonly queue: IQueue;
  /** Receives events that EventBridge cannot deliver to the queue. */
  readonly deadLetterQueue: IQueue;
  /** The events that are delivered, in the descriptions of the resources. @default none */
  readonly description?: string;
  /** One rule or subscriber for each, by the id of its construct. */
  readonly routes: Readonly<Record<string, Route>>;
}

/** The events of one rule or subscriber. */
export interface Route {
  readonly pattern: EventPattern;
  /** The field of an event's data that is the group of its message, for fair queues. @default none */
  readonly fairBy?: string;
}
