import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { tableOf } from '../../../deployed/discover';
import type { Order } from '../../../lambdas/orders/order';
import { placeOrder, readOrder } from '../../order-client';
import { scan } from '../../snapshot';
import { type Deployed, describeDeployed, expectInvariants, until, untilOver } from './deployed';
import { setEnvironment, setReading } from './functions';

const OUTAGE_MS = 30_000;

describeDeployed('the controller', (deployed) => {
  const place = () =>
    placeOrder(deployed().url, { customerId: 'ada', lines: [{ sku: 'teapot', quantity: 1 }] }, randomUUID());

  afterAll(() => expectInvariants(deployed()));

  it('cancels an order that is not paid within its window, and releases its stock', async () => {
    const before = await setEnvironment(deployed(), 'orders.advance-order', { PAYMENT_WINDOW_SECONDS: '5' });
    await setReading(deployed(), ['payments.collect-payment'], false);
    try {
      const orderId = await place();
      expect(await untilOver(deployed(), orderId)).toMatchObject({ status: 'cancelled', reason: 'payment-overdue' });
      await setReading(deployed(), ['payments.collect-payment'], true);
      expect(await untilEnded(deployed(), orderId)).toMatchObject({ status: 'cancelled' });
    } finally {
      await setReading(deployed(), ['payments.collect-payment'], true);
      await setEnvironment(deployed(), 'orders.advance-order', before);
    }
  });

  it('ends every order after an outage of a service of 30 s', async () => {
    const away = ['inventory.reserve-stock', 'inventory.release-stock', 'shipping.dispatch-shipment'];
    await setReading(deployed(), away, false);
    try {
      const orders = await Promise.all(Array.from({ length: 10 }, place));
      // A fixed time, because the outage itself is tested.
      await sleep(OUTAGE_MS);
      for (const orderId of orders) expect((await readOrder(deployed().url, orderId)).status).toBe('created');
      await setReading(deployed(), away, true);
      for (const orderId of orders) expect(await untilOver(deployed(), orderId)).toMatchObject({ status: 'completed' });
    } finally {
      await setReading(deployed(), away, true);
    }
  });

  it('nudges an order that makes no progress, and subscribers ignore repeated events', async () => {
    const before = await setEnvironment(deployed(), 'orders.advance-order', { PROGRESS_SECONDS: '4' });
    await setReading(deployed(), ['shipping.deliver-shipment'], false);
    try {
      const orderId = await place();
      const nudged = await until('the order is nudged', async () => {
        const order = await orderOf(deployed(), orderId);
        return order !== undefined && order.nudges > 0 && order;
      });
      expect(nudged).toMatchObject({ waitingFor: [expect.stringContaining('Shipment')] });
      await setReading(deployed(), ['shipping.deliver-shipment'], true);
      expect(await untilOver(deployed(), orderId)).toMatchObject({ status: 'completed' });
    } finally {
      await setReading(deployed(), ['shipping.deliver-shipment'], true);
      await setEnvironment(deployed(), 'orders.advance-order', before);
    }
  });
});

async function orderOf({ deployment }: Deployed, orderId: string): Promise<Order | undefined> {
  const orders = await scan<Order>(deployment, tableOf(deployment, 'orders', 'orders'));
  return orders.find((one) => one.orderId === orderId);
}

function untilEnded(deployed: Deployed, orderId: string): Promise<Order> {
  return until(`order ${orderId} has ended`, async () => {
    const order = await orderOf(deployed, orderId);
    return order?.ended === true && order;
  });
}
