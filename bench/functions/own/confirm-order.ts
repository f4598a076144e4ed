import { authentication } from '../../../lambdas/runtime/adapters/authentication';
import { circuitBreaker } from '../../../lambdas/runtime/adapters/circuit-breaker';
import { consume } from '../../../lambdas/runtime/consume/consume';
import { confirmOrder, reservations, StockReserved } from './service';

/** The work of the peers, with two adapters that they have no counterpart of. */
export const handler = consume(
  confirmOrder,
  ({ orderId, lines }, work) => {
    work.create(reservations(orderId), { orderId, status: 'reserved', lines });
    work.emit(StockReserved, { orderId });
  },
  [authentication(), circuitBreaker('warehouse')],
);
