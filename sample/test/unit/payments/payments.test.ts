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

/** Payments with a provider, one order, and a clock that only moves when told. */
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
    const body = JSON.stringify({ type: `charge.${data.status}`, timestamp: this.now.toISOString(), data });
    const headers = { 'content-type': 'application/json', 'idempotency-key': id };
    const request = { headers, body, isBase64Encoded: false, requestContext: {} } as unknown as HttpRequest;
    return (await this.request(unsignedHandler, request)).statusCode;
  }

  /** Names of the events published, reminders left out. */
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

  it('collects the money and records it when the callback comes', async () => {
    const world = await requested();
    expect(world.reminders()).toEqual([{ look: 1, due: '2026-01-01T00:01:00.000Z' }]);
    expect(await world.callback(world.bank.settle(orderId, 'succeeded'))).toBe(202);
    expect(world.events()).toEqual(['PaymentRequested', 'recorded charge', 'PaymentCompleted']);
    expect(world.payment()).toMatchObject({ status: 'completed', chargeId: 'charge-order-1' });
  });

  it('says so when the charge is declined, and records nothing', async () => {
    const world = await requested();
    await world.callback(world.bank.settle(orderId, 'declined'));
    expect(world.events()).toEqual(['PaymentRequested', 'PaymentFailed']);
    expect(world.published().at(-1)?.detail.data).toEqual({ orderId, reason: 'declined' });
  });

  it('takes a callback that comes twice once, under the same id or another', async () => {
    const world = await requested();
    const charge = world.bank.settle(orderId, 'succeeded');
    expect([await world.callback(charge), await world.callback(charge), await world.callback(charge, 'other')]).toEqual(
      [202, 202, 202],
    );
    expect(world.events()).toEqual(['PaymentRequested', 'recorded charge', 'PaymentCompleted']);
  });

  it('joins a callback that comes before the answer', async () => {
    const world = new PaymentsWorld();
    await world.created();
    const { charge } = world.bank;
    world.bank.charge = async (...request) => {
      const made = await charge.apply(world.bank, request);
      if (made.status === 'pending') await world.callback(world.bank.settle(orderId, 'succeeded'));
      return made;
    };
    await world.requested();
    expect(world.events()).toEqual(['PaymentRequested', 'recorded charge', 'PaymentCompleted']);
    expect(world.bank.calls).toEqual(['charge order-1']);
  });

  it('looks a charge up whose callback was lost, at growing intervals, until it is settled', async () => {
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
    world.bank.settle(orderId, 'succeeded');
    await world.due(3);
    expect(world.events()).toEqual(['PaymentRequested', 'recorded charge', 'PaymentCompleted']);
    expect(world.reminders()).toHaveLength(3);
  });

  it('does nothing on a reminder that comes late', async () => {
    const world = await requested();
    await world.callback(world.bank.settle(orderId, 'succeeded'));
    const before = world.payment();
    await world.due(1);
    expect(world.bank.calls).toEqual(['charge order-1']);
    expect(world.payment()).toEqual(before);
  });

  it('gives back what was collected when the order is cancelled', async () => {
    const world = await requested();
    await world.callback(world.bank.settle(orderId, 'succeeded'));
    await world.cancelled();
    expect(world.events().slice(2)).toEqual(['PaymentCompleted', 'recorded refund', 'PaymentRefunded']);
    expect(world.payment()?.status).toBe('refunded');
  });

  it('gives back what is collected after the order was cancelled', async () => {
    const world = await requested();
    await world.cancelled();
    expect(world.events()).toEqual(['PaymentRequested']);
    await world.callback(world.bank.settle(orderId, 'succeeded'));
    expect(world.reminders().at(-1)).toEqual({ look: 1, due: world.now.toISOString() });
    await world.due(1);
    expect(world.events().slice(1)).toEqual([
      'recorded charge',
      'PaymentCompleted',
      'recorded refund',
      'PaymentRefunded',
    ]);
  });

  it('rules a charge out that was not made before the order was cancelled', async () => {
    const world = new PaymentsWorld();
    await world.created();
    await world.cancelled();
    await world.requested();
    expect(world.bank.calls).toEqual(['rule out order-1']);
    expect(world.events()).toEqual(['PaymentRequested', 'PaymentFailed']);
    expect(world.published().at(-1)?.detail.data).toEqual({ orderId, reason: 'order-cancelled' });
    expect(world.payment()?.status).toBe('cancelled');
  });

  it('asks for no money when the cancellation came before the order', async () => {
    const world = new PaymentsWorld();
    await world.cancelled();
    await world.created();
    expect([world.bank.calls, world.events()]).toEqual([[], ['PaymentFailed']]);
  });

  it('keeps a message while the provider is down, and goes on afterwards', async () => {
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

  it('refuses a callback of a charge that nobody asked for', async () => {
    const world = new PaymentsWorld();
    const charge = { chargeId: 'charge-9', reference: 'order-9', amount, status: 'succeeded' } as const;
    expect(await world.callback(charge)).toBe(404);
    expect(world.store.items('records')).toEqual([]);
  });
});
