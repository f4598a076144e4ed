import * as contracts from '../../contracts/reconciliation';
import { startReconciliation } from '../runtime/reconciliation/start-reconciliation';
import { orderReconciliation } from './order-reconciliation';
import { startDaily } from './service';
import { getFromProvider, settlementBook } from './settlement';

/** Starts the comparison of each day when its grace period is over. */
export const handler = startReconciliation(startDaily, orderReconciliation(settlementBook(getFromProvider)), contracts);
