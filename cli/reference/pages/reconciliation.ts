/**
 * Reconciliation: a daily comparison of independent books, with repairs.
 *
 * @module
 */

export { defineReconciliationContracts } from '../../../contracts/core/reconciliation';
export {
  type Book,
  type Books,
  hexadecimalRanges,
  type KeyRange,
  type Page,
  type PageRequest,
  type Sides,
} from '../../../lambdas/runtime/reconciliation/book';
export type { BusinessDay } from '../../../lambdas/runtime/reconciliation/business-day';
export { type ReconciliationParts, reconcile } from '../../../lambdas/runtime/reconciliation/reconcile';
export {
  type Difference,
  type Discrepancy,
  defineReconciliation,
  type Reconciliation,
  type ReconciliationContracts,
  type ReconciliationRun,
  type ReconciliationShard,
  type ReconciliationTables,
  type Repair,
  reconciliationTables,
  type Step,
} from '../../../lambdas/runtime/reconciliation/reconciliation';
export { startReconciliation } from '../../../lambdas/runtime/reconciliation/start-reconciliation';
export { bookPart, type TableBookIndexes, tableBook } from '../../../lambdas/runtime/reconciliation/table-book';
