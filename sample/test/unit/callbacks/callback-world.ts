import { CallbackDue, CallbackRequested } from '../../../../contracts';
import type { CallbackType } from '../../../../contracts/callbacks';
import type { Callbacks } from '../../../../lambdas/callbacks/callbacks';
import { deliverWith } from '../../../../lambdas/callbacks/deliver-callback';
import { handler as notifyCustomer } from '../../../../lambdas/callbacks/notify-customer';
import { paceOf } from '../../../../lambdas/callbacks/pace';
import type { OutgoingEvent } from '../../../../lambdas/runtime/events/envelope';
import type { WebhookMessage, WebhookResult } from '../../../../lambdas/runtime/webhooks/webhook';
import { eventOf, HandlerWorld } from '../../../../test/support/handler-world';

export const orderId = 'order-1';

export const delayed = requested('order.payment-delayed', '2026-01-01T00:00:30.000Z');
export const confirmed = requested('order.confirmed', '2026-01-01T00:01:00.000Z');
export const cancelled = requested('order.cancelled', '2026-01-01T00:01:00.000Z', 'out-of-stock');
export const completed = requested('order.completed', '2026-01-01T00:02:00.000Z');

/** Returns the receiver's response. @param attempt the number of requests for that type, from 1 */
export type Answer = (type: string, attempt: number) => WebhookResult;

/** The handlers of the callbacks service, and a receiver. */
export class CallbackWorld extends HandlerWorld {
  readonly sent: WebhookMessage[] = [];
  /** The callbacks that were requested, as `requested <type>`, and the types of those that were sent, in order. */
  readonly happened: string[] = [];
  private readonly deliverCallback = deliverWith({
    send: async (message) => {
      this.sent.push(message);
      this.happened.push(message.type);
      const attempt = this.sent.filter(({ type }) => type === message.type).length;
      await this.whileSending();
      return { result: this.answer(message.type, attempt), endedAt: this.now };
    },
    random: () => 0,
    pace: () => paceOf('prod'),
  });

  constructor(private readonly answer: Answer = () => ({ kind: 'delivered' })) {
    super();
  }

  /** Runs while a callback is being sent. */
  whileSending: () => Promise<unknown> = async () => {};

  async take(event: OutgoingEvent): Promise<void> {
    const due = Date.parse(event.due ?? '');
    if (due > this.now.getTime()) this.now = new Date(due);
    if (event.name === CallbackDue.name) return this.deliver(this.deliverCallback, event);
    this.happened.push(`requested ${(event.detail.data as { type: string }).type}`);
    await this.deliver(notifyCustomer, event);
  }

  /** Delivers events, then every reminder at its due time, until there are none. */
  async run(...events: readonly OutgoingEvent[]): Promise<void> {
    for (const event of events) await this.take(event);
    const done = new Set<string>();
    for (let next = this.nextReminder(done); next; next = this.nextReminder(done)) {
      done.add(next.detail.metadata.id);
      await this.take(next);
    }
  }

  get state(): Callbacks | undefined {
    return this.store.items<Callbacks>('callbacks')[0];
  }

  /** The types of the callbacks that were sent, in order. */
  get types(): string[] {
    return this.sent.map(({ type }) => type);
  }

  /** The published events, as `<name> <type> <attempts> <reason>`. */
  get results(): string[] {
    const events = this.published().filter(({ name }) => name !== CallbackDue.name);
    return events.map(({ name, detail }) => {
      const { type, attempts, reason } = detail.data as { type: string; attempts: number; reason?: string };
      return [name, type, attempts, reason].filter((part) => part !== undefined).join(' ');
    });
  }

  reminders(): OutgoingEvent[] {
    return this.published().filter(({ name }) => name === CallbackDue.name);
  }

  private nextReminder(done: ReadonlySet<string>): OutgoingEvent | undefined {
    const open = this.reminders().filter(({ detail }) => !done.has(detail.metadata.id));
    return open.sort((a, b) => (a.due ?? '').localeCompare(b.due ?? ''))[0];
  }
}

/** Returns the request of a callback. @param occurredAt the time of the order's event */
export function requested(type: CallbackType, occurredAt: string, reason?: 'out-of-stock'): OutgoingEvent {
  const callbackUrl = 'https://example.com/hook';
  return eventOf(CallbackRequested, { orderId, type, occurredAt, callbackUrl, ...(reason && { reason }) }, type);
}
