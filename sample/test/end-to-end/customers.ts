import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { inParallel } from '../../../cli/parallel';
import { placeOrder } from '../../order-client';
import type { SampleOrder } from '../../sample-orders';
import { PATIENCE_MS } from './deployed';

const AT_ONCE = 4;
const LOOK_AGAIN_MS = 250;

/** Customers that repeat a request with the same idempotency key until it is answered 202. */
export class Customers {
  /** Order id → the order. */
  readonly accepted = new Map<string, SampleOrder>();
  repeated = 0;

  constructor(private readonly url: () => string) {}

  async place(orders: readonly SampleOrder[]): Promise<void> {
    await inParallel(AT_ONCE, orders, async (order) => {
      const [key, deadline] = [randomUUID(), Date.now() + PATIENCE_MS];
      for (;;) {
        try {
          this.accepted.set(await placeOrder(this.url(), order.request, key), order);
          return;
        } catch (error) {
          if (Date.now() > deadline) throw error;
          this.repeated++;
          await sleep(LOOK_AGAIN_MS);
        }
      }
    });
  }
}
