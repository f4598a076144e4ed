import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { tableOf } from '../../../deployed/discover';
import type { Order } from '../../../lambdas/orders/order';
import { scanItems } from '../../../observe/items';
import { placeOrder, readOrder } from '../../order-client';
import { type Deployed, describeDeployed, expectInvariants, until, untilOver } from './deployed';
import { whileStopped, withEnvironment } from './functions';

const OUTAGE_MS = 30_000;

describeDeployed('the controller', (deployed) => {
  const place = () =>
    placeOrder(deployed().url, { customerId: 'ada', lines: [{ sku: 'teapot', quantity: 1 }] }, randomUUID());

  afterAll(() => expectInvariants(deployed()));

  it('cancels an order that is not paid within its window, and releases its stock', async () => {
    await withEnvironment(deployed(), 'orders.advance-order', { PAYMENT_WINDOW_SECONDS: '5' }, async () => {
      const orderId = await whileStopped(deployed(), ['payments.collect-payment'], async () => {
        const placed = await place();
        expect(await untilOver(deployed(), placed)).toMatchObject({ status: 'cancelled', reason: 'payment-overdue' });
        return placed;
      });
      expect(await untilEnded(deployed(), orderId)).toMatchObject({ status: 'cancelled' });
    });
  });

  it('ends every order after an outage of a service of 30 s', async () => {
    const away = ['inventory.reserve-stock', 'inventory.release-stock', 'shipping.dispatch-shipment'];
    const orders = await whileStopped(deployed(), away, async () => {
      const placed = await Promise.all(Array.from({ length: 10 }, place));
      // A fixed time, because the outage itself is tested.
      await sleep(OUTAGE_MS);
      for (const orderId of placed) await untilCreated(deployed(), orderId);
      return placed;
    });
    for (const orderId of orders) expect(await untilOver(deployed(), orderId)).toMatchObject({ status: 'completed' });
  });

  it('nudges an order that makes no progress, and subscribers ignore repeated events', async () => {
    await withEnvironment(deployed(), 'orders.advance-order', { PROGRESS_SECONDS: '4' }, async () => {
      const orderId = await whileStopped(deployed(), ['shipping.deliver-shipment'], async () => {
        const placed = await place();
        // A slow machine can have it nudged earlier too, while it waits for something else.
        await until('the order is nudged while it waits for its shipment', async () => {
          const { nudges = 0, waitingFor = [] } = (await orderOf(deployed(), placed)) ?? {};
          return nudges > 0 && waitingFor.every((event) => event.includes('Shipment'));
        });
        return placed;
      });
      expect(await untilOver(deployed(), orderId)).toMatchObject({ status: 'completed' });
    });
  });
});

async function orderOf({ deployment }: Deployed, orderId: string): Promise<Order | undefined> {
  const orders = await scanItems<Order>(deployment, tableOf(deployment, 'orders', 'orders'));
  return orders.find((one) => one.orderId === orderId);
}

function untilCreated({ url }: Deployed, orderId: string): Promise<boolean> {
  return until(`order ${orderId} is created`, async () => (await readOrder(url, orderId)).status === 'created');
}

function untilEnded(deployed: Deployed, orderId: string): Promise<Order> {
  return until(`order ${orderId} has ended`, async () => {
    const order = await orderOf(deployed, orderId);
    return order?.ended === true && order;
  });
}
