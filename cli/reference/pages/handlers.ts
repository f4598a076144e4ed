/**
 * Handlers of subscriptions, schedules and deploy tasks: the unit of work, errors, and what functions use of AWS.
 *
 * @module
 */

export { type ClientSettings, type SdkClient, sdkClient } from '../../../lambdas/runtime/aws/sdk-client';
export { readSecret } from '../../../lambdas/runtime/aws/secret';
export { setting, variables } from '../../../lambdas/runtime/aws/settings';
export { type Consumer, consume } from '../../../lambdas/runtime/consume/consume';
export { type Apply, projection } from '../../../lambdas/runtime/consume/projection';
export type { Handler, HandlerOf, Outcome } from '../../../lambdas/runtime/delivery';
export {
  DeferredError,
  DependencyError,
  errorText,
  type ParkReason,
  PermanentError,
  StaleError,
} from '../../../lambdas/runtime/errors';
export type { Detail, Event, EventOf, Metadata, OutgoingEvent } from '../../../lambdas/runtime/events/envelope';
export { deterministicId, type SpanContext } from '../../../lambdas/runtime/events/ids';
export { type LambdaHandler, onLambda } from '../../../lambdas/runtime/on-lambda';
export { type Backoff, fullJitter, type Random, type RetryPolicy, retryWhen } from '../../../lambdas/runtime/retry';
export type { ConsumerRuntime, Log, Metrics, Queue, Runtime, Settings } from '../../../lambdas/runtime/runtime';
export { type DeployHandler, onDeploy } from '../../../lambdas/runtime/schedule/on-deploy';
export { type Run, type ScheduledHandler, scheduled } from '../../../lambdas/runtime/schedule/scheduled';
export type { Span, Spans } from '../../../lambdas/runtime/spans';
export type { Item, Loaded, Query, Ref, Store, Write } from '../../../lambdas/runtime/store/store';
export { type Answered, outgoingHeaders, recordCall } from '../../../lambdas/runtime/work/current-cause';
export type { OutgoingCall } from '../../../lambdas/runtime/work/outgoing-call';
export type { WorkOutcome } from '../../../lambdas/runtime/work/run-unit-of-work';
export type { Cause } from '../../../lambdas/runtime/work/unit-of-work';
export type {
  ItemOf,
  Load,
  NumericAttribute,
  Publishable,
  ReminderOf,
  Work,
  WorkOf,
} from '../../../lambdas/runtime/work/work';
