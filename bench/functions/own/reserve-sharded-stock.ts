import { type Consumer, consume } from '../../../lambdas/runtime/consume/consume';
import { reservations, reserveStock, StockRejected, StockReserved, stock } from './service';

/**
 * Takes from one of several counters of an article. Each function instance begins with its own counter, so that instances write
 * different items, and goes on to the others when its own has too little.
 *
 * @param shards the counters of an article: items `<sku>#0` to `<sku>#<shards - 1>`
 * @param own the first counter of this instance, for example a random number that is drawn when the module is loaded
 */
export function reserveFrom(shards: number, own: number): Consumer {
  return consume(reserveStock, async ({ orderId, lines }, work) => {
    const taken = [];
    for (const { sku, quantity } of lines) {
      let missing = quantity;
      for (let tried = 0; tried < shards && missing > 0; tried++) {
        const counter = stock(`${sku}#${(own + tried) % shards}`);
        const [found] = await work.load([counter]);
        const by = Math.min(missing, found?.available ?? 0);
        if (by > 0) taken.push({ counter, by });
        missing -= by;
      }
      if (missing > 0) return work.emit(StockRejected, { orderId });
    }
    for (const { counter, by } of taken) work.adjust(counter, 'available', -by, { floor: 0 });
    work.create(reservations(orderId), { orderId, status: 'reserved', lines });
    work.emit(StockReserved, { orderId });
  });
}
