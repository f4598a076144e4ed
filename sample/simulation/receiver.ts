import { createHash } from 'node:crypto';
import type { CallbackType } from '../../contracts/callbacks';
import type { Callbacks } from '../../lambdas/callbacks/callbacks';
import type { Attempt } from '../../lambdas/callbacks/deliver-callback';
import type { Order } from '../../lambdas/orders/order';
import type { WebhookMessage, WebhookResult } from '../../lambdas/runtime/webhooks/webhook';
import type { Steps } from '../../test/simulation/invocation';
import type { WorldView } from '../../test/simulation/system';

const SECOND = 1_000;

/** The results of attempts. Each is equally frequent. */
const answers: readonly WebhookResult[] = [
  { kind: 'delivered' },
  { kind: 'delivered' },
  { kind: 'delivered' },
  { kind: 'failed', problem: 'HTTP 500' },
  { kind: 'failed', problem: 'TIMEOUT' },
  { kind: 'failed', problem: 'HTTP 503', retryAfter: 60 * SECOND },
  { kind: 'gone' },
];

/** The callbacks that a customer expects of an order that has ended. */
const EXPECTED: Readonly<Record<string, readonly CallbackType[]>> = {
  completed: ['order.confirmed', 'order.completed'],
  cancelled: ['order.cancelled'],
};

/** What arrived under one id. */
interface Received {
  readonly contents: Set<string>;
  readonly callback: string;
  accepted: boolean;
}

/** The servers of all customers. They remember every webhook. */
export class Receiver {
  private readonly received = new Map<string, Received>();

  constructor(private readonly world: WorldView) {}

  /** Sends a webhook in an invocation: it can be lost in both directions. */
  async send(message: WebhookMessage, now: Date, invocation: Steps): Promise<Attempt> {
    try {
      return await invocation.step(`webhook ${message.id}`, () => this.receive(message, now));
    } catch {
      return { result: { kind: 'failed', problem: 'TIMEOUT' }, endedAt: new Date(this.world.time.now) };
    }
  }

  /** Returns what customers could not have seen of a correct system. */
  findViolations(): string[] {
    const { services } = this.world;
    const orders = new Map(services.items<Order>('orders', 'orders').map((order) => [order.orderId, order]));
    const callbacks = services.items<Callbacks>('callbacks', 'callbacks').filter(({ url }) => url);
    return [
      ...[...this.received].flatMap(([id, one]) =>
        one.contents.size > 1 ? [`The webhook ${id} had ${one.contents.size} different contents.`] : [],
      ),
      ...repeated([...this.received.values()].map(({ callback }) => callback)).map(
        (callback) => `The callback ${callback} was sent under several ids.`,
      ),
      ...callbacks.flatMap(({ orderId, byType }) => [
        ...(EXPECTED[orders.get(orderId)?.status ?? ''] ?? [])
          .filter((type) => !byType[type])
          .map((type) => `The customer of order ${orderId} was not told ${type}.`),
        ...Object.entries(byType)
          .filter(([type, { status }]) => status === 'delivered' && !this.hasAccepted(orderId, type))
          .map(([type]) => `The callback ${type} of order ${orderId} counts as delivered and was not.`),
      ]),
    ];
  }

  private hasAccepted(orderId: string, type: string): boolean {
    return [...this.received.values()].some(
      ({ callback, accepted }) => accepted && callback === `${type} of ${orderId}`,
    );
  }

  /** The response depends only on the message and the time, so that a seed reproduces a run. */
  private receive({ id, url: _, ...content }: WebhookMessage, now: Date): Attempt {
    const [byte = 0] = createHash('sha256').update(`${id} ${now.toISOString()}`).digest();
    const result = answers[byte % answers.length] ?? { kind: 'delivered' };
    const { orderId } = content.data as { readonly orderId: string };
    const known = this.received.get(id) ?? {
      contents: new Set(),
      callback: `${content.type} of ${orderId}`,
      accepted: false,
    };
    known.contents.add(JSON.stringify(content));
    known.accepted ||= result.kind === 'delivered';
    this.received.set(id, known);
    return { result, endedAt: new Date(now.getTime() + SECOND) };
  }
}

function repeated(texts: readonly string[]): string[] {
  return [...new Set(texts.filter((text, index) => texts.indexOf(text) !== index))];
}
