import { createHash } from 'node:crypto';
import type { CallbackType } from '../../contracts/callbacks';
import type { Callbacks } from '../../lambdas/callbacks/callbacks';
import type { Attempt } from '../../lambdas/callbacks/deliver-callback';
import type { OrderView } from '../../lambdas/checkout/order-view';
import type { Order } from '../../lambdas/orders/order';
import type { WebhookMessage, WebhookResult } from '../../lambdas/runtime/webhooks/webhook';
import { checkQueue, findSharedIds } from '../../observe/histories';
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

/** The callbacks that can be sent for any order that is not paid yet. */
const OPTIONAL: CallbackType = 'order.payment-delayed';

/** A webhook that arrived. */
interface Arrival {
  readonly id: string;
  readonly content: string;
  /** `<type> of <order>` */
  readonly callback: string;
  readonly accepted: boolean;
}

/** The servers of all customers. They remember every webhook. */
export class Receiver {
  private readonly arrivals: Arrival[] = [];

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
    const states = services.items<Callbacks>('callbacks', 'callbacks');
    const wanted = services
      .items<OrderView>('checkout', 'order-views')
      .flatMap(({ orderId, callbackUrl }) => (callbackUrl === undefined ? [] : [orderId]));
    const orders = new Map(services.items<Order>('orders', 'orders').map(({ orderId, status }) => [orderId, status]));
    const expected = wanted.flatMap((orderId) =>
      (EXPECTED[orders.get(orderId) ?? ''] ?? []).map((type) => nameOf(type, orderId)),
    );
    const callbacks = states.flatMap(({ orderId, byType }) =>
      Object.entries(byType).map(([type, { status }]) => ({ name: nameOf(type, orderId), status })),
    );
    const accepted = new Map(this.arrivals.flatMap((one) => (one.accepted ? [[one.id, one.callback]] : [])));
    const told = checkQueue({
      attempted: [...expected, ...wanted.map((orderId) => nameOf(OPTIONAL, orderId))],
      accepted: callbacks.filter(({ status }) => status === 'delivered').map(({ name }) => name),
      effects: accepted.values(),
    });
    const deliveries = this.arrivals.filter((one) => one.accepted).map(({ callback }) => callback);
    // With faults, an attempt that nobody knows of is repeated.
    const again = this.world.faults.isCalm
      ? checkQueue({ attempted: deliveries, accepted: deliveries, effects: deliveries }).repeated
      : [];
    const registered = new Set(callbacks.map(({ name }) => name));
    return [
      ...findSharedIds(this.arrivals.map(({ id, content }) => [id, content])).map(
        (id) => `The webhook ${id} had different contents.`,
      ),
      ...findSharedIds(this.arrivals.map(({ callback, id }) => [callback, id])).map(
        (name) => `The callback ${name} was sent under several ids.`,
      ),
      ...expected.filter((name) => !registered.has(name)).map((name) => `The customer was not told ${name}.`),
      ...again.map(({ id, times }) => `The customer was told ${times} times ${id}.`),
      ...told.lost.map((name) => `The callback ${name} counts as delivered and was not.`),
      ...told.unexpected.map((name) => `The customer was told ${name}, which did not happen.`),
    ];
  }

  /** The response depends only on the message and the time, so that a seed reproduces a run. */
  private receive({ id, url: _, ...content }: WebhookMessage, now: Date): Attempt {
    const [byte = 0] = createHash('sha256').update(`${id} ${now.toISOString()}`).digest();
    const result = answers[byte % answers.length] ?? { kind: 'delivered' };
    const { orderId } = content.data as { readonly orderId: string };
    const callback = nameOf(content.type, orderId);
    this.arrivals.push({ id, content: JSON.stringify(content), callback, accepted: result.kind === 'delivered' });
    return { result, endedAt: new Date(now.getTime() + SECOND) };
  }
}

function nameOf(type: string, orderId: string): string {
  return `${type} of order ${orderId}`;
}
