import * as contracts from '../../contracts/reconciliation';
import { circuitBreaker } from '../runtime/adapters/circuit-breaker';
import { deferInOutage } from '../runtime/adapters/defer-in-outage';
import { logging } from '../runtime/adapters/logging';
import { when } from '../runtime/adapters/when';
import { reconcile } from '../runtime/reconciliation/reconcile';
import { orderReconciliation } from './order-reconciliation';
import { PROVIDER, reconcileBooks, tables } from './service';
import { type Get, getFromProvider, settlementBook } from './settlement';

/** Compares the books of a day, page by page. While the provider is unavailable, its pages wait. */
export const reconcileWith = (get: Get) =>
  reconcile(reconcileBooks, { reconciliation: orderReconciliation(settlementBook(get)), contracts, tables }, [
    logging(),
    deferInOutage(),
    when<typeof contracts.ReconciliationDue>(
      async ({ step }) => step === 'page' || step === 'recheck',
      [circuitBreaker(PROVIDER)],
    ),
  ]);

export const handler = reconcileWith(getFromProvider);
