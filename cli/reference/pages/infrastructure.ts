/**
 * Constructs: the stacks of the bus, of a service and of the journal.
 *
 * @module
 */

export { type WatchProps, watch } from '../../../lib/broker/alarms/alarms';
export { BrokerStack, type BrokerStackProps } from '../../../lib/broker/broker-stack';
export { EventBroker, type EventBrokerProps } from '../../../lib/broker/event-broker';
export type { ServiceFunctionProps } from '../../../lib/broker/functions/service-function';
export { hasJournal, JournalStack, type JournalStackProps } from '../../../lib/broker/journal/journal-stack';
export {
  type DeployOptions,
  type FunctionOptions,
  type ScheduleOptions,
  ServiceStack,
  type ServiceStackProps,
} from '../../../lib/broker/service-stack';
export { type Stage, stageOf } from '../../../lib/broker/stage';
export { StageStack } from '../../../lib/broker/stage-stack';
export type { SubscriptionOptions } from '../../../lib/broker/subscription';
export { validate } from '../../../lib/broker/validation';
