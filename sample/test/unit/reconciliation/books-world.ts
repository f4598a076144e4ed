import * as contracts from '../../../../contracts';
import { handler as releaseStock } from '../../../../lambdas/inventory/release-stock';
import { handler as reserveStock } from '../../../../lambdas/inventory/reserve-stock';
import { handler as advanceOrder } from '../../../../lambdas/orders/advance-order';
import { handler as resumeOrder } from '../../../../lambdas/orders/resume-order';
import type { BankRoute } from '../../../../lambdas/payment-provider/bank-route';
import { handler as createCharge } from '../../../../lambdas/payment-provider/create-charge';
import { handler as createRefund } from '../../../../lambdas/payment-provider/create-refund';
import { handler as getBookings } from '../../../../lambdas/payment-provider/get-bookings';
import { handler as getCharge } from '../../../../lambdas/payment-provider/get-charge';
import { handler as getSettlement } from '../../../../lambdas/payment-provider/get-settlement';
import { handler as ruleOutCharge } from '../../../../lambdas/payment-provider/rule-out-charge';
import { collectFrom } from '../../../../lambdas/payments/collect-payment';
import { lookUpAt } from '../../../../lambdas/payments/look-up-charge';
import { httpProvider } from '../../../../lambdas/payments/provider-client';
import { refundAt } from '../../../../lambdas/payments/refund-payment';
import { handler as requestPayment } from '../../../../lambdas/payments/request-payment';
import { reviewAt } from '../../../../lambdas/payments/review-payment';
import { reconcileWith } from '../../../../lambdas/reconciliation/reconcile-books';
import { handler as recordOrder } from '../../../../lambdas/reconciliation/record-order';
import { handler as recordPayment } from '../../../../lambdas/reconciliation/record-payment';
import { handler as startDaily } from '../../../../lambdas/reconciliation/start-daily';
import { consumerOf } from '../../../../lambdas/runtime/declare/declaration';
import type { OutgoingEvent } from '../../../../lambdas/runtime/events/envelope';
import type { Discrepancy, Step } from '../../../../lambdas/runtime/reconciliation/reconciliation';
import { handler as deliverShipment } from '../../../../lambdas/shipping/deliver-shipment';
import { handler as dispatchShipment } from '../../../../lambdas/shipping/dispatch-shipment';
import { eventOf, HandlerWorld } from '../../../../test/support/handler-world';
import { httpRequest } from '../../../../test/support/http-request';

const KEY = 'key';

/** The services that an order passes through, the bank and the books, on one clock. Every event reaches every subscriber at once. */
export class BooksWorld {
  /** Decides which events never reach a consumer: these are the faults. */
  loses: (event: OutgoingEvent, consumer: string) => boolean = () => false;
  private readonly worlds = new Map<string, HandlerWorld>();
  private readonly delivered = new Map<string, number>();
  private time = new Date('2026-03-01T00:00:00Z');

  private readonly provider = httpProvider(
    async () => ({ url: 'https://bank.example', apiKey: KEY, callbackUrl: 'https://payments.example/callbacks' }),
    async (url, { method = 'GET', body, headers }) => {
      const { status, text } = await this.bank(method, new URL(url), body as string, headers as Record<string, string>);
      return { status, text, retryAfter: undefined };
    },
  );
  private readonly consumers = [
    ...[advanceOrder, resumeOrder, reserveStock, releaseStock, dispatchShipment, deliverShipment, requestPayment],
    ...[collectFrom, lookUpAt, refundAt, reviewAt].map((make) => make(this.provider)),
    ...[recordOrder, recordPayment, reconcileWith((path) => this.bank('GET', new URL(path, 'https://bank.example')))],
  ];

  /** The functions of one service, with its tables. */
  of(service: string): HandlerWorld {
    const known = this.worlds.get(service) ?? new HandlerWorld();
    known.now = this.time;
    this.worlds.set(service, known);
    return known;
  }

  get now(): Date {
    return this.time;
  }

  set now(time: Date) {
    this.time = time;
    for (const world of this.worlds.values()) world.now = time;
  }

  /** Publishes an event, and delivers all that follows from it. */
  async publish(event: OutgoingEvent): Promise<void> {
    const { detail, ...rest } = event;
    const metadata = { ...detail.metadata, occurredAt: this.time.toISOString() };
    await this.deliver({ ...rest, detail: { ...detail, metadata } });
    await this.drain();
  }

  /** Runs a step of the reconciliation, and all that follows. */
  take(step: Step, id: string): Promise<void> {
    return this.publish(eventOf(contracts.ReconciliationDue, step, id));
  }

  async runDaily(): Promise<void> {
    await this.of('reconciliation').runScheduled(startDaily);
    await this.drain();
  }

  discrepancies(): Discrepancy[] {
    return this.of('reconciliation').store.items('discrepancies');
  }

  private async drain(): Promise<void> {
    for (let isQuiet = false; !isQuiet; ) {
      isQuiet = true;
      for (const [service, world] of this.worlds) {
        const published = world.published();
        const fresh = published.slice(this.delivered.get(service) ?? 0);
        this.delivered.set(service, published.length);
        for (const event of fresh) await this.deliver(event);
        isQuiet &&= fresh.length === 0;
      }
    }
  }

  private async deliver(event: OutgoingEvent): Promise<void> {
    if (event.name === contracts.ChargeDue.name && event.due && event.due > this.time.toISOString()) {
      this.now = new Date(event.due);
    }
    for (const consumer of this.consumers) {
      const { subscription } = consumer;
      if (!subscription.to.some(({ name, owner }) => name === event.name && owner === event.source)) continue;
      if (this.loses(event, consumerOf(subscription))) continue;
      await this.of(subscription.service).deliver(consumer, event);
    }
  }

  private async bank(method: string, url: URL, body?: string, headers: Readonly<Record<string, string>> = {}) {
    const [, root = '', name = ''] = url.pathname.split('/');
    const routes: Readonly<Record<string, readonly [BankRoute, string]>> = {
      'POST charges': [createCharge, ''],
      'GET charges': [getCharge, 'chargeId'],
      'POST cancellations': [ruleOutCharge, ''],
      'POST refunds': [createRefund, ''],
      'GET settlements': [getSettlement, 'date'],
      'GET bookings': [getBookings, 'reference'],
    };
    const [route, parameter] = routes[`${method} ${root}`] ?? [getCharge, 'chargeId'];
    const sent = { ...headers, authorization: `Bearer ${KEY}` };
    const request = {
      ...httpRequest(`${method} ${url.pathname}`, body && JSON.parse(body), { [parameter]: name }, sent),
      queryStringParameters: Object.fromEntries(url.searchParams),
    };
    const answer = await route.run(request, this.of('payment-provider').runtime(), KEY);
    return { status: answer.statusCode ?? 500, text: answer.body ?? '' };
  }
}
