import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { placeOrder } from '../../local/order-client';
import { inParallel } from '../../local/parallel';
import { sampleOrders } from '../../local/sample-orders';

const AT_ONCE = 4;
const LOOK_AGAIN_MS = 250;
const PATIENCE_MS = 60_000;

/** Customers who repeat a request, under the same key, until it is answered with 202. */
export class Customers {
  /** The ids that they were told. */
  readonly accepted: string[] = [];
  repeated = 0;

  constructor(private readonly url: () => string) {}

  async place(count: number): Promise<void> {
    await inParallel(AT_ONCE, sampleOrders(count), async ({ request }) => {
      const [key, deadline] = [randomUUID(), Date.now() + PATIENCE_MS];
      for (;;) {
        try {
          this.accepted.push(await placeOrder(this.url(), request, key));
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
