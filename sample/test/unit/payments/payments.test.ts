import * as contracts from '../../../../contracts';
import { collectFrom } from '../../../../lambdas/payments/collect-payment';
import { lookUpAt } from '../../../../lambdas/payments/look-up-charge';
import type { Payment } from '../../../../lambdas/payments/payment';
import type { Charge } from '../../../../lambdas/payments/provider';
import { unsignedHandler } from '../../../../lambdas/payments/receive-callback';
import { refundAt } from '../../../../lambdas/payments/refund-payment';
import { handler as requestPayment } from '../../../../lambdas/payments/request-payment';
import type { HttpRequest } from '../../../../lambdas/runtime/http/http';
import type { Expectation } from '../../../../test/support/ending-log';
import { eventOf, HandlerWorld } from '../../../../test/support/handler-world';
import { Bank } from './bank';

const { ChargeDue, OrderCancelled, OrderCreated, PaymentRequested } = contracts;
const orderId = 'order-1';
const amount = { amount: 2_400, currency: 'EUR' };

/** The handlers of payments, a provider and one order. */
class PaymentsWorld extends HandlerWorld {
  readonly bank = new Bank();

  created() {
    const data = { orderId, customerId: 'ada', lines: [{ sku: 'teapot', quantity: 1 }], total: amount };
    return this.deliver(requestPayment, eventOf(OrderCreated, data));
  }

  requested(expectation: Expectation = {}) {
    const event = eventOf(PaymentRequested, { orderId, amount });
    return this.deliver(collectFrom(this.bank), event, expectation);
  }

  cancelled() {
    const event = eventOf(OrderCancelled, { orderId, reason: 'out-of-stock' });
    return this.deliver(refundAt(this.bank), event);
  }

  due(look = 1, id = `due-${look}`) {
    const event = eventOf(ChargeDue, { orderId, look }, id);
    return this.deliver(lookUpAt(this.bank), event);
  }

  async callback(data: Charge, id = `callback-${data.chargeId}`) {
    const type = data.status === 'declined' ? 'charge.declined' : 'charge.succeeded';
    const body = JSON.stringify({ type, timestamp: this.now.toISOString(), data });
    const headers = { 'content-type': 'application/json', 'idempotency-key': id };
    const request = { headers, body, isBase64Encoded: false, requestContext: {} } as unknown as HttpRequest;
    return (await this.request(unsignedHandler, request)).statusCode;
  }

  /** The names of the published events, without reminders. */
  events(): string[] {
    return this.published()
      .filter(({ channel }) => channel !== 'reminder')
      .map(({ name, detail }) =>
        name === 'PaymentRecorded' ? `recorded ${(detail.data as { kind: string }).kind}` : name,
      );
  }

  reminders(): { look: unknown; due: string | undefined }[] {
    const own = this.published().filter(({ channel }) => channel === 'reminder');
    return own.map(({ detail, due }) => ({ look: (detail.data as { look: number }).look, due }));
  }

  payment(): Payment | undefined {
    return this.store.items<Payment>('payments')[0];
  }
}

describe('payments', () => {
  const requested = async () => {
    const world = new PaymentsWorld();
    await world.created();
    await world.requested();
    return world;
  };

  it('publishes PaymentCompleted and records the charge when the callback arrives', async () => {
    const world = await requested();
    expect(world.reminders()).toEqual([{ look: 1, due: '2026-01-01T00:01:00.000Z' }]);
    expect(await world.callback(world.bank.complete(orderId, 'succeeded'))).toBe(202);
    expect(world.events()).toEqual(['PaymentRequested', 'recorded charge', 'PaymentCompleted']);
    expect(world.payment()).toMatchObject({ status: 'completed', chargeId: 'charge-order-1' });
  });

  it('reads the payment once for a charge, in the adapter that decides whether the bank is needed', async () => {
    const world = new PaymentsWorld();
    await world.created();
    const loads = jest.spyOn(world.store, 'load');
    await world.requested();
    const read = loads.mock.calls.flatMap(([refs]) => refs.map(({ table }) => table));
    expect(read.sort()).toEqual(['dependencies', 'dependencies', 'payments']);
  });

  it('publishes PaymentFailed and records nothing when the charge is declined', async () => {
    const world = await requested();
    await world.callback(world.bank.complete(orderId, 'declined'));
    expect(world.events()).toEqual(['PaymentRequested', 'PaymentFailed']);
    expect(world.published().at(-1)?.detail.data).toEqual({ orderId, reason: 'declined' });
  });

  it('records a charge once when its callback is repeated, with the same id or another', async () => {
    const world = await requested();
    const charge = world.bank.complete(orderId, 'succeeded');
    expect([await world.callback(charge), await world.callback(charge), await world.callback(charge, 'other')]).toEqual(
      [202, 202, 202],
    );
    expect(world.events()).toEqual(['PaymentRequested', 'recorded charge', 'PaymentCompleted']);
  });

  it('accepts a callback that arrives before the response to the charge', async () => {
    const world = new PaymentsWorld();
    await world.created();
    const { charge } = world.bank;
    world.bank.charge = async (...request) => {
      const made = await charge.apply(world.bank, request);
      if (made.status === 'pending') await world.callback(world.bank.complete(orderId, 'succeeded'));
      return made;
    };
    await world.requested();
    expect(world.events()).toEqual(['PaymentRequested', 'recorded charge', 'PaymentCompleted']);
    expect(world.bank.calls).toEqual(['charge order-1']);
  });

  it('looks up a charge whose callback came before the response, and says that it is pending', async () => {
    const world = new PaymentsWorld();
    await world.created();
    expect(await world.callback(await world.bank.charge(orderId, amount))).toBe(202);
    await world.requested();
    expect(world.reminders()).toEqual([{ look: 1, due: '2026-01-01T00:01:00.000Z' }]);
    world.bank.complete(orderId, 'succeeded');
    await world.due(1);
    expect(world.events()).toEqual(['PaymentRequested', 'recorded charge', 'PaymentCompleted']);
  });

  it('looks up a charge whose callback was lost, at growing intervals, until it has an outcome', async () => {
    const world = await requested();
    world.wait(60);
    await world.due(1);
    world.wait(120);
    await world.due(2);
    expect(world.reminders()).toEqual([
      { look: 1, due: '2026-01-01T00:01:00.000Z' },
      { look: 2, due: '2026-01-01T00:03:00.000Z' },
      { look: 3, due: '2026-01-01T00:07:00.000Z' },
    ]);
    world.bank.complete(orderId, 'succeeded');
    await world.due(3);
    expect(world.events()).toEqual(['PaymentRequested', 'recorded charge', 'PaymentCompleted']);
    expect(world.reminders()).toHaveLength(3);
  });

  it('ignores a reminder that arrives after the outcome', async () => {
    const world = await requested();
    await world.callback(world.bank.complete(orderId, 'succeeded'));
    const before = world.payment();
    await world.due(1);
    expect(world.bank.calls).toEqual(['charge order-1']);
    expect(world.payment()).toEqual(before);
  });

  it('refunds a completed payment when the order is cancelled', async () => {
    const world = await requested();
    await world.callback(world.bank.complete(orderId, 'succeeded'));
    await world.cancelled();
    expect(world.events().slice(2)).toEqual(['PaymentCompleted', 'recorded refund', 'PaymentRefunded']);
    expect(world.payment()?.status).toBe('refunded');
  });

  it('refunds a charge that succeeds after the cancellation', async () => {
    const world = await requested();
    await world.cancelled();
    expect(world.events()).toEqual(['PaymentRequested']);
    await world.callback(world.bank.complete(orderId, 'succeeded'));
    expect(world.reminders().at(-1)).toEqual({ look: 1, due: world.now.toISOString() });
    await world.due(1);
    expect(world.events().slice(1)).toEqual([
      'recorded charge',
      'PaymentCompleted',
      'recorded refund',
      'PaymentRefunded',
    ]);
  });

  it('rules out the charge when the order is cancelled before it is made', async () => {
    const world = new PaymentsWorld();
    await world.created();
    await world.cancelled();
    await world.requested();
    expect(world.bank.calls).toEqual(['rule out order-1']);
    expect(world.events()).toEqual(['PaymentRequested', 'PaymentFailed']);
    expect(world.published().at(-1)?.detail.data).toEqual({ orderId, reason: 'order-cancelled' });
    expect(world.payment()?.status).toBe('cancelled');
  });

  it('makes no call when the cancellation arrives before the order', async () => {
    const world = new PaymentsWorld();
    await world.cancelled();
    await world.created();
    expect([world.bank.calls, world.events()]).toEqual([[], ['PaymentFailed']]);
  });

  it('defers a message while the provider is down, and charges afterwards', async () => {
    const world = new PaymentsWorld();
    await world.created();
    world.bank.isDown = true;
    await world.requested({ expect: 'deferred' });
    expect([world.parked, world.bank.calls]).toEqual([[], []]);
    expect(world.events()).toEqual(['PaymentRequested', 'PaymentDelayed']);
    world.bank.isDown = false;
    await world.requested();
    expect(world.bank.calls).toEqual(['charge order-1']);
  });

  it('answers 404 to a callback for an unknown charge', async () => {
    const world = new PaymentsWorld();
    const charge = { chargeId: 'charge-9', reference: 'order-9', amount, status: 'succeeded' } as const;
    expect(await world.callback(charge)).toBe(404);
    expect(world.store.records()).toEqual([]);
  });
});
