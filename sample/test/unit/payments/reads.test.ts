import { OrderCreated } from '../../../../contracts/orders';
import { PaymentRequested } from '../../../../contracts/payments';
import { collectFrom } from '../../../../lambdas/payments/collect-payment';
import { handler as requestPayment } from '../../../../lambdas/payments/request-payment';
import { bodyOf, message } from '../../../../test/support/batch-world';
import { eventOf } from '../../../../test/support/handler-world';
import { ReadingWorld } from '../../../../test/unit/adapters/reading-world';
import { Bank } from './bank';

test('collects the payments of a batch with one read of payments, circuit and rate limit', async () => {
  const [world, bank] = [new ReadingWorld(), new Bank()];
  const orders = ['order-1', 'order-2'];
  const order = {
    customerId: 'ada',
    lines: [{ sku: 'teapot', quantity: 1 }],
    total: { amount: 1_200, currency: 'EUR' },
  };
  await world.run(
    requestPayment,
    orders.map((orderId) => message(bodyOf(eventOf(OrderCreated, { orderId, ...order }, `created-${orderId}`)))),
  );
  const before = world.calls.length;
  await world.run(
    collectFrom(bank),
    orders.map((orderId) =>
      message(bodyOf(eventOf(PaymentRequested, { orderId, amount: order.total }, `requested-${orderId}`))),
    ),
  );
  expect(bank.calls).toHaveLength(2);
  expect(world.calls.slice(before)).toEqual([['circuit#payment-provider', ...orders, 'rate#payment-provider']]);
});
