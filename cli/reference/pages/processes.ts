/**
 * Processes: state machines whose state is a set of facts, in any order of arrival.
 *
 * @module
 */

export { drawProcess } from '../../../lambdas/runtime/process/draw';
export {
  type Advance,
  advance,
  type Clock,
  type FactTimes,
  factsOf,
  withFacts,
} from '../../../lambdas/runtime/process/facts';
export {
  type ArrivalOf,
  type Condition,
  type DecisionOf,
  type DecisionRule,
  defineProcess,
  type FactOf,
  type Process,
  type ProcessDefinition,
  type ProcessTypes,
  type StatusOf,
  type StatusRule,
  type StepOf,
  type StepRule,
  type Wait,
} from '../../../lambdas/runtime/process/process';
