import type { Duration } from 'aws-cdk-lib';
import type { EventBroker } from './event-broker';
import type { ServiceFunctionProps } from './functions/service-function';
import type { Stage } from './stage';

/** Props of every service's stack. */
export interface ServiceStackProps {
  /** The deployment stage. */
  readonly stage: Stage;
  /** The broker, which checks the service's contracts. The bus itself is found by its parameter. */
  readonly broker: EventBroker;
  /** Folder of the handlers, which are `<code>/<service>/<name>.ts`. @default the app's `lambdas` */
  readonly code?: string;
  /** How long the record of a processed message is kept. @default 30 days */
  readonly idempotencyWindow?: Duration;
}

/** Settings of an endpoint's or a schedule's function. */
export type FunctionOptions = Pick<ServiceFunctionProps, 'memorySize' | 'environment'>;

/** Settings of a schedule's function. */
export interface ScheduleOptions extends FunctionOptions {
  /** The time between two runs. EventBridge Scheduler: at least one minute. */
  readonly every: Duration;
}

/** Settings of a deploy task. */
export interface TaskOptions {
  /** The task runs again when it changes. @default the hash of the function's code and of the data that it imports */
  readonly version?: string;
}
