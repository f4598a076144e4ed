import * as contracts from '../../../../contracts';
import { collectFrom } from '../../../../lambdas/payments/collect-payment';
import { lookUpAt } from '../../../../lambdas/payments/look-up-charge';
import type { Payment } from '../../../../lambdas/payments/payment';
import { refundAt } from '../../../../lambdas/payments/refund-payment';
import { handler as requestPayment } from '../../../../lambdas/payments/request-payment';
import type { Consumer } from '../../../../lambdas/runtime/consume/consume';
import { DependencyError } from '../../../../lambdas/runtime/errors';
import type { OutgoingEvent } from '../../../../lambdas/runtime/events/envelope';
import type { ConsumerRuntime } from '../../../../lambdas/runtime/runtime';
import { eventOf, HandlerWorld } from '../../../../test/support/handler-world';
import { Bank } from './bank';

const { ChargeDue, OrderCancelled, OrderCreated, PaymentRequested } = contracts;
const MINUTE = 60;

/** Payments with a bank that has outages. Delivers deferred copies and reminders when due, and events at once. */
class OutageWorld extends HandlerWorld {
  readonly bank = new Bank();
  /** The attempts that each deferred copy carries over. */
  readonly attemptsBefore: (string | undefined)[] = [];
  private readonly start = this.now.getTime();
  private readonly agenda: { readonly at: number; readonly act: () => unknown }[] = [];
  private readonly consumers: Readonly<Record<string, Consumer>> = {
    [OrderCreated.name]: requestPayment,
    [PaymentRequested.name]: collectFrom(this.bank),
    [ChargeDue.name]: lookUpAt(this.bank),
    [OrderCancelled.name]: refundAt(this.bank),
  };
  private seen = 0;

  constructor() {
    super();
    this.bank.outcome = 'succeeded';
  }

  /** Plans an outage of the bank, in seconds from the start. */
  outage(from: number, to: number): void {
    this.after(from, () => {
      this.bank.isDown = true;
    });
    this.after(to, () => {
      this.bank.isDown = false;
    });
  }

  created(second: number, orderId = `order-${second}`): void {
    const data = { orderId, customerId: 'ada', lines: [{ sku: 'teapot', quantity: 1 }] };
    const total = { amount: 1_200, currency: 'EUR' };
    const event = eventOf(OrderCreated, { ...data, total }, `created-${orderId}`);
    this.after(second, () => this.take(event));
  }

  cancelled(second: number, orderId: string): void {
    const event = eventOf(OrderCancelled, { orderId, reason: 'payment-overdue' }, `cancelled-${orderId}`);
    this.after(second, () => this.take(event));
  }

  /** Runs until nothing is left to do. @param until the last second. @returns the current second at the end */
  async run(until = Number.POSITIVE_INFINITY): Promise<number> {
    for (;;) {
      this.agenda.sort((a, b) => a.at - b.at);
      if ((this.agenda[0]?.at ?? Number.POSITIVE_INFINITY) > until) return this.second;
      const next = this.agenda.shift();
      if (!next) return this.second;
      this.now = new Date(Math.max(this.now.getTime(), this.start + next.at * 1_000));
      await next.act();
    }
  }

  async take(event: OutgoingEvent): Promise<void> {
    const consumer = this.consumers[event.name];
    if (consumer) await this.deliver(consumer, event, { expect: ['processed', 'duplicate', 'deferred'] });
    const published = this.published().slice(this.seen);
    this.seen += published.length;
    for (const one of published) {
      const due = (Date.parse(one.due ?? '') - this.start) / 1_000;
      this.after(Math.max(this.second, due || 0), () => this.take(one));
    }
  }

  override runtime(): ConsumerRuntime {
    const runtime = super.runtime();
    const queue: ConsumerRuntime['queue'] = {
      ...runtime.queue,
      defer: async ({ body }, seconds, { attemptsBefore }) => {
        this.attemptsBefore.push(attemptsBefore);
        const { source, 'detail-type': name, detail } = JSON.parse(body);
        this.after(this.second + seconds, () => this.take({ source, name, detail }));
      },
    };
    return { ...runtime, queue };
  }

  /** Order → the number of events with that name. */
  count(name: string): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { detail } of this.published().filter((one) => one.name === name)) {
      const { orderId = 'none' } = detail.data as { orderId?: string };
      counts[orderId] = (counts[orderId] ?? 0) + 1;
    }
    return counts;
  }

  status(orderId: string): string | undefined {
    return this.store.items<Payment>('payments').find((one) => one.orderId === orderId)?.status;
  }

  private get second(): number {
    return (this.now.getTime() - this.start) / 1_000;
  }

  private after(at: number, act: () => unknown): void {
    this.agenda.push({ at, act });
  }
}

const each = (orders: readonly string[], times: number) => Object.fromEntries(orders.map((order) => [order, times]));

describe('during an outage of the payment provider of ten minutes', () => {
  it('PaymentDelayed is published once per order, no attempt is used up, and all orders are charged once', async () => {
    const world = new OutageWorld();
    world.outage(MINUTE, 11 * MINUTE);
    const seconds = Array.from({ length: 100 }, (_, index) => index * 8);
    for (const second of seconds) world.created(second);
    const took = await world.run();

    const orders = seconds.map((second) => `order-${second}`);
    const during = orders.filter((_, index) => index * 8 >= MINUTE && index * 8 < 11 * MINUTE);
    const delays = world.count('PaymentDelayed');
    expect(delays).toMatchObject(each(during, 1));
    expect(new Set(Object.values(delays))).toEqual(new Set([1]));
    expect(world.count('PaymentCompleted')).toEqual(each(orders, 1));
    expect(world.bank.calls).toHaveLength(100);
    expect(world.parked).toEqual([]);
    expect(new Set(world.attemptsBefore)).toEqual(new Set(['0']));
    expect(took).toBeLessThan(20 * MINUTE);
  });

  it('few calls are made, and its loss and its return are published once each', async () => {
    const world = new OutageWorld();
    world.outage(0, 10 * MINUTE);
    for (let second = 0; second < 600; second += 6) world.created(second);
    // These cancellations need no call, so they must not count as successful calls.
    for (let second = 0; second < 600; second += 7) world.cancelled(second, `unknown-${second}`);
    await world.run();
    expect(world.bank.failedCalls).toBeLessThan(15);
    expect([world.count('PaymentProviderLost'), world.count('PaymentProviderRegained')]).toEqual([
      { none: 1 },
      { none: 1 },
    ]);
  });

  it('a single order is charged in the end', async () => {
    const world = new OutageWorld();
    world.outage(0, 10 * MINUTE);
    world.created(0);
    expect(await world.run()).toBeLessThan(20 * MINUTE);
    expect([world.count('PaymentDelayed'), world.status('order-0')]).toEqual([{ 'order-0': 1 }, 'completed']);
  });

  it('a cancellation without a refund does not wait, and its charge is never made', async () => {
    const world = new OutageWorld();
    world.outage(0, 10 * MINUTE);
    for (let second = 0; second < 60; second += 6) world.created(second);
    world.cancelled(5 * MINUTE, 'order-0');
    await world.run(5 * MINUTE);
    expect(world.status('order-0')).toBe('cancelled');
    await world.run();
    expect(world.bank.calls.filter((call) => call.endsWith(' order-0'))).toEqual(['rule out order-0']);
    expect(world.count('PaymentFailed')).toEqual({ 'order-0': 1 });
  });

  it('a refund waits for the provider', async () => {
    const world = new OutageWorld();
    world.created(0);
    world.outage(MINUTE, 11 * MINUTE);
    world.cancelled(2 * MINUTE, 'order-0');
    await world.run(10 * MINUTE);
    expect(world.status('order-0')).toBe('completed');
    await world.run();
    expect([world.status('order-0'), world.parked]).toEqual(['refunded', []]);
    expect(new Set(world.attemptsBefore)).toEqual(new Set(['0']));
  });
});

it('PaymentDelayed is not published when a copy of the message was processed', async () => {
  const world = new OutageWorld();
  const { charge } = world.bank;
  let calls = 0;
  world.bank.charge = async (orderId, amount) => {
    if (++calls > 1) return charge.call(world.bank, orderId, amount);
    await world.take(eventOf(PaymentRequested, { orderId, amount }, 'a-copy'));
    throw new DependencyError('payment-provider', 'is down');
  };
  world.created(0);
  await world.run();
  expect([world.count('PaymentDelayed'), world.count('PaymentCompleted')]).toEqual([{}, { 'order-0': 1 }]);
});
