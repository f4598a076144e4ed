import { CallbackRequested } from '../../../../contracts/checkout';
import { StockReserved } from '../../../../contracts/inventory';
import { OrderCancelled, OrderCompleted, OrderConfirmed } from '../../../../contracts/orders';
import { PaymentDelayed } from '../../../../contracts/payments';
import { handler as followOrder } from '../../../../lambdas/checkout/follow-order';
import { handler as placeOrder } from '../../../../lambdas/checkout/place-order';
import type { OutgoingEvent } from '../../../../lambdas/runtime/events/envelope';
import { eventOf, HandlerWorld } from '../../../../test/support/handler-world';
import { httpRequest } from '../../../../test/support/http-request';

const callbackUrl = 'https://example.com/hook';
const order = { customerId: 'ada', lines: [{ sku: 'teapot', quantity: 1 }] };

/** Places an order. @returns its id, and a world in which `follow` delivers events of it */
async function place(request: object) {
  const world = new HandlerWorld();
  const { body = '' } = await world.request(placeOrder, httpRequest('POST /orders', request));
  const { orderId } = JSON.parse(body) as { orderId: string };
  const follow = async (...events: readonly OutgoingEvent[]) => {
    for (const event of events) await world.deliver(followOrder, event);
  };
  const requested = () =>
    world.published().flatMap(({ name, detail }) => (name === CallbackRequested.name ? [detail.data] : []));
  return { orderId, follow, requested };
}

describe('checkout', () => {
  it.each([
    ['order.payment-delayed', (orderId: string) => eventOf(PaymentDelayed, { orderId }), {}],
    ['order.confirmed', (orderId: string) => eventOf(OrderConfirmed, { orderId, ...order }), {}],
    [
      'order.cancelled',
      (orderId: string) => eventOf(OrderCancelled, { orderId, reason: 'out-of-stock' }),
      { reason: 'out-of-stock' },
    ],
    ['order.completed', (orderId: string) => eventOf(OrderCompleted, { orderId }), {}],
  ])('requests the callback %s, with the time of its event and the URL', async (type, event, reason) => {
    const { orderId, follow, requested } = await place({ ...order, callbackUrl });
    await follow(event(orderId));
    expect(requested()).toEqual([{ orderId, type, occurredAt: '2026-01-01T00:00:00.000Z', ...reason, callbackUrl }]);
  });

  it('requests a callback once when its event is published again with another id', async () => {
    const { orderId, follow, requested } = await place({ ...order, callbackUrl });
    await follow(eventOf(OrderCompleted, { orderId }, 'first'), eventOf(OrderCompleted, { orderId }, 'second'));
    expect(requested()).toHaveLength(1);
  });

  it('requests none for events that customers are not notified of', async () => {
    const { orderId, follow, requested } = await place({ ...order, callbackUrl });
    await follow(eventOf(StockReserved, { orderId }));
    expect(requested()).toEqual([]);
  });

  it('requests none for an order without a callback URL', async () => {
    const { orderId, follow, requested } = await place(order);
    await follow(
      eventOf(PaymentDelayed, { orderId }),
      eventOf(OrderConfirmed, { orderId, ...order }),
      eventOf(OrderCompleted, { orderId }),
    );
    expect(requested()).toEqual([]);
  });
});
