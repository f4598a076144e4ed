/**
 * Contracts: the events that services exchange, their versions and schemas.
 *
 * @module
 */

export {
  type Audience,
  type Channel,
  type DataOf,
  defineEvent,
  type EventContract,
  type EventDefinition,
  oldestVersion,
  type TextOf,
  toJsonSchema,
  type Upcast,
  upcast,
} from '../../../contracts/core/contract';
export { contractsIn } from '../../../contracts/core/contracts-in';
export { personal, redact, type Sensitivity, secret, sensitivityOf } from '../../../contracts/core/sensitivity';
export { Identifier, isStorableText, ShortText, Url } from '../../../contracts/core/text';
