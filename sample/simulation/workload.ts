import catalogue from '../../lambdas/checkout/catalogue.json';
import { stock } from '../../lambdas/inventory/service';
import { consumerOf } from '../../lambdas/runtime/declare/declaration';
import type { HttpHandler } from '../../lambdas/runtime/http/accept';
import type { HttpRequest } from '../../lambdas/runtime/http/http';
import { fullJitter } from '../../lambdas/runtime/retry';
import { Invocation } from '../../test/simulation/invocation';
import type { WorldView } from '../../test/simulation/system';

const SKUS = Object.keys(catalogue.prices);
const HOUR_MILLISECONDS = 60 * 60 * 1_000;
/** Longer than all attempts of a message, so that some messages become dead letters. */
const LONGEST_OUTAGE_MILLISECONDS = HOUR_MILLISECONDS;
/** The percentage of services that have an outage. */
const OUTAGE_PERCENT = 15;
/** The backoff of customers, in milliseconds. */
const CUSTOMERS_PATIENCE = { base: 2_000, cap: 10 * 60_000 };
/** One in this number of customers is part of the burst: all of these order the same article at the same time. */
const BURST = 4;
const FUNCTION_SECONDS = 30;
/** The callback URL of every other customer. */
const CALLBACK_URL = 'https://customer.example.com/hook';

/** Seeds the stock of each article, which is not enough for all orders. @returns article → quantity */
export async function stockUp(world: WorldView, orders: number): Promise<Record<string, number>> {
  const shelf = Object.fromEntries(SKUS.map((sku) => [sku, world.chance.whole(`stock ${sku}`, 0, orders)]));
  const writes = Object.entries(shelf).map(
    ([sku, available]) => ({ kind: 'put', ref: stock(sku), item: { sku, available }, expected: 'absent' }) as const,
  );
  await world.services.seed('inventory', writes);
  return shelf;
}

/** Plans an outage for some of the services. */
export function planOutages({ chance, faults, time }: WorldView, services: readonly string[]): void {
  for (const service of services) {
    if (chance.number(`outage of ${service}`) * 100 >= OUTAGE_PERCENT) continue;
    const from = time.now + chance.number(`outage of ${service} from`) * HOUR_MILLISECONDS;
    faults.plan({ service, from, to: from + chance.number(`outage of ${service} for`) * LONGEST_OUTAGE_MILLISECONDS });
  }
}

/** Customers that place orders within an hour, and repeat each request with its idempotency key until it is accepted. */
export class Customers {
  /** The ids of the accepted orders. */
  readonly accepted = new Set<string>();

  /** The time of the burst, as a share of an hour, and its article. */
  private readonly burstAt: number;
  private readonly wanted: string;

  /** @param placeOrder the endpoint of checkout */
  constructor(
    private readonly world: WorldView,
    private readonly placeOrder: HttpHandler,
  ) {
    this.burstAt = world.chance.number('burst at');
    this.wanted = world.chance.pick('burst wants', SKUS);
  }

  /** @param over the hours over which the orders are spread */
  place(orders: number, over = 1): void {
    for (let number = 1; number <= orders; number++) {
      const name = `order ${number}`;
      const isBurst = number % BURST === 0;
      const request = toRequest(
        name,
        this.world,
        isBurst ? this.wanted : this.world.chance.pick(`${name} first`, SKUS),
      );
      const at = (isBurst ? this.burstAt : this.world.chance.number(`${name} at`)) * over * HOUR_MILLISECONDS;
      this.world.time.after(at, () => this.send(name, request));
      // Some customers send their request twice.
      if (this.world.chance.number(`${name} twice`) < 0.05) this.world.time.after(at, () => this.send(name, request));
    }
  }

  private send(name: string, request: HttpRequest, attempt = 1): void {
    const { world } = this;
    const patience = fullJitter(attempt, CUSTOMERS_PATIENCE, () => world.chance.number(`${name} again`));
    const again = () => world.time.after(patience, () => this.send(name, request, attempt + 1));
    const { service } = this.placeOrder.endpoint;
    const consumer = consumerOf(this.placeOrder.endpoint);
    const invocation = new Invocation(world, `${consumer} ${name}`, again, FUNCTION_SECONDS);
    const runtime = world.runtime(service, consumer, invocation);
    const isForgetful = world.sabotage.outside?.has('a repeated request is a new request') ?? false;
    invocation.run(
      () => this.placeOrder.run(isForgetful ? withoutKey(request) : request, runtime),
      ({ statusCode, body }) => {
        if (statusCode !== 202) return again();
        this.accepted.add((JSON.parse(body ?? '{}') as { orderId: string }).orderId);
      },
      again,
    );
  }
}

function withoutKey({ headers, ...request }: HttpRequest): HttpRequest {
  return { ...request, headers: { 'content-type': headers['content-type'] } };
}

function toRequest(name: string, { chance }: WorldView, first: string): HttpRequest {
  const skus = new Set([first, chance.pick(`${name} second`, SKUS)]);
  const lines = [...skus].map((sku) => ({ sku, quantity: chance.whole(`${name} ${sku}`, 1, 3) }));
  return {
    version: '2.0',
    routeKey: 'POST /orders',
    rawPath: '/orders',
    rawQueryString: '',
    headers: { 'content-type': 'application/json', 'idempotency-key': name.replace(' ', '-') },
    requestContext: {} as HttpRequest['requestContext'],
    isBase64Encoded: false,
    body: JSON.stringify({
      customerId: 'customer',
      lines,
      ...(chance.number(`${name} callback`) < 0.5 && { callbackUrl: CALLBACK_URL }),
    }),
  };
}
