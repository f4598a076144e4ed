import { randomUUID } from 'node:crypto';
import type { OutgoingEvent } from '../../../lambdas/runtime/events/envelope';
import { placeOrder } from '../../order-client';
import { readSnapshot } from '../../snapshot';
import { describeDeployed, expectInvariants, untilIdle, untilOver } from './deployed';
import { envelope, send, subscriptionOf, untilEmpty } from './messages';
import { emitted } from './stored';

const LINES = [{ sku: 'kettle', quantity: 3 }];
const COPIES = 10;

describeDeployed('a redelivered event', (deployed) => {
  const place = () => placeOrder(deployed().url, { customerId: 'ada', lines: LINES }, randomUUID());
  const eventOf = async (service: string, name: string, orderId: string): Promise<OutgoingEvent> => {
    const [event] = await emitted(deployed(), service, name, orderId);
    if (event === undefined) throw new Error(`${service} has not emitted ${name} for order ${orderId}.`);
    return event;
  };

  afterAll(() => expectInvariants(deployed()));

  it('has one effect when all copies arrive at the same time', async () => {
    const orderId = await place();
    // The relay has just published it: the copies race with each other and with the original.
    const placed = await eventOf('checkout', 'OrderPlaced', orderId);
    const copies = Array.from({ length: COPIES }, () => envelope(placed));
    await send(deployed(), subscriptionOf(deployed(), 'orders.advance-order').queue, copies);

    expect((await untilOver(deployed(), orderId)).status).toBe('completed');
    await untilIdle(deployed());
    expect(await emitted(deployed(), 'orders', 'OrderCreated', orderId)).toHaveLength(1);
    expect(await emitted(deployed(), 'payments', 'PaymentCompleted', orderId)).toHaveLength(1);
  });

  it('has no second effect with another SQS id', async () => {
    const orderId = await place();
    await untilOver(deployed(), orderId);
    await untilIdle(deployed());
    const before = await readSnapshot(deployed().deployment);

    // Like a redrive: the same body in a new SQS message.
    const again = [
      ['inventory.reserve-stock', await eventOf('orders', 'OrderCreated', orderId)],
      ['payments.request-payment', await eventOf('orders', 'OrderCreated', orderId)],
      ['shipping.dispatch-shipment', await eventOf('orders', 'OrderConfirmed', orderId)],
    ] as const;
    for (const [consumer, event] of again) {
      const { queue } = subscriptionOf(deployed(), consumer);
      await send(deployed(), queue, [envelope(event)]);
      await untilEmpty(deployed(), queue);
    }
    await untilIdle(deployed());
    const after = await readSnapshot(deployed().deployment);
    // Reminders of ended orders may be processed in the meantime.
    const processed = ({ records, receipts }: typeof after) =>
      [...records.map(({ id }) => id), ...receipts].filter((id) =>
        again.some(([consumer]) => id.startsWith(`${consumer}#`)),
      );
    expect(processed(after).sort()).toEqual(processed(before).sort());
    expect(after.stock).toEqual(before.stock);
    expect(after.payments).toEqual(before.payments);
    expect(after.shipments).toEqual(before.shipments);
  });
});
