/**
 * Declarations: a service, its tables, secrets and functions, as data. A service declares them in `lambdas/<service>/service.ts`.
 *
 * @module
 */

export {
  consumerOf,
  type Declaration,
  type Endpoint,
  type EndpointOptions,
  type FunctionDeclaration,
  type ImportedParameter,
  isReadOnly,
  type Schedule,
  type Secret,
  type Subscription,
  type Task,
  type WorkOptions,
} from '../../../lambdas/runtime/declare/declaration';
export { defineService, type OwnContract, Service } from '../../../lambdas/runtime/declare/service';
export type { InboxRef, RefTo, Table, TableIndex, TableKeys } from '../../../lambdas/runtime/declare/table';
