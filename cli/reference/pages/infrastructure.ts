/**
 * Constructs: the stacks of the bus, of a service and of the journal.
 *
 * @module
 */

export { type WatchProps, watch } from '../../../lib/broker/alarms/alarms';
export type { BusinessFlow } from '../../../lib/broker/alarms/flow-alarm';
export { BrokerStack, type BrokerStackProps } from '../../../lib/broker/broker-stack';
export { EventBroker, type EventBrokerProps } from '../../../lib/broker/event-broker';
export type { ServiceFunctionProps } from '../../../lib/broker/functions/service-function';
export { hasJournal } from '../../../lib/broker/journal/has-journal';
export { JournalStack, type JournalStackProps } from '../../../lib/broker/journal/journal-stack';
export { addSecurityChecks } from '../../../lib/broker/security-checks';
export { ServiceStack } from '../../../lib/broker/service-stack';
export type {
  FunctionOptions,
  ScheduleOptions,
  ServiceStackProps,
  TaskOptions,
} from '../../../lib/broker/service-stack-props';
export { type Stage, stageOf } from '../../../lib/broker/stage';
export { StageStack } from '../../../lib/broker/stage-stack';
export type { SubscriptionOptions } from '../../../lib/broker/subscription';
