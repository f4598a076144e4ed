import catalogue from '../../lambdas/checkout/catalogue.json';
import { stock } from '../../lambdas/inventory/service';
import { consumerOf } from '../../lambdas/runtime/declare/declaration';
import type { HttpHandler } from '../../lambdas/runtime/http/accept';
import type { HttpRequest, HttpResponse } from '../../lambdas/runtime/http/http';
import { fullJitter } from '../../lambdas/runtime/retry';
import { StatusHistory } from '../../observe/histories';
import { BUS } from '../../test/simulation/channels';
import { Invocation } from '../../test/simulation/invocation';
import type { WorldView } from '../../test/simulation/system';
import { httpRequest } from '../../test/support/http-request';

const SKUS = Object.keys(catalogue.prices);
const HOUR_MILLISECONDS = 60 * 60 * 1_000;
/** Longer than all attempts of a message, so that some messages become dead letters. */
const LONGEST_OUTAGE_MILLISECONDS = HOUR_MILLISECONDS / 2;
/** The percentage of services that have an outage. */
const OUTAGE_PERCENT = 10;
/** The backoff of customers, in milliseconds. */
const CUSTOMERS_PATIENCE = { base: 2_000, cap: 10 * 60_000 };
/** One in this number of customers is part of the burst: all of these order the same article at the same time. */
const BURST = 4;
const FUNCTION_SECONDS = 30;
/** The callback URL of every other customer. */
const CALLBACK_URL = 'https://customer.example.com/hook';

/** Draws the stock of each article, which is not enough for all orders. @returns article → quantity */
export function drawShelf({ chance }: WorldView, orders: number): Record<string, number> {
  return Object.fromEntries(SKUS.map((sku) => [sku, chance.whole(`stock ${sku}`, 0, orders)]));
}

export async function stockUp({ services }: WorldView, shelf: Readonly<Record<string, number>>): Promise<void> {
  const writes = Object.entries(shelf).map(
    ([sku, available]) => ({ kind: 'put', ref: stock(sku), item: { sku, available }, expected: 'absent' }) as const,
  );
  await services.seed('inventory', writes);
}

/** In one world of so many, the channels are down so long that relays use up their retries. */
const CHANNELS_DOWN_EVERY = 20;
const CHANNELS_DOWN = 6;

/** Plans an outage for some of the services and the channels. */
export function planOutages({ chance, faults, time }: WorldView, services: readonly string[]): void {
  for (const service of services) {
    if (service === BUS && chance.seed % CHANNELS_DOWN_EVERY === CHANNELS_DOWN) {
      faults.plan({ service, from: time.now, to: time.now + LONGEST_OUTAGE_MILLISECONDS });
      continue;
    }
    if (chance.number(`outage of ${service}`) * 100 >= OUTAGE_PERCENT) continue;
    const from = time.now + chance.number(`outage of ${service} from`) * HOUR_MILLISECONDS;
    faults.plan({ service, from, to: from + chance.number(`outage of ${service} for`) * LONGEST_OUTAGE_MILLISECONDS });
  }
}

/** One in this number of customers polls the status of the order. */
const POLLING = 3;
/** The delay before the first poll, in milliseconds. It doubles with every poll. */
const POLL_AFTER = 1_000;
const POLLS = 12;
/** The statuses that a customer can see after each status. */
const NEXT = {
  accepted: ['created', 'confirmed', 'dispatched', 'completed', 'cancelled'],
  created: ['confirmed', 'dispatched', 'completed', 'cancelled'],
  confirmed: ['dispatched', 'completed'],
  dispatched: ['completed'],
};

/** The endpoints of checkout. */
export interface Checkout {
  readonly placeOrder: HttpHandler;
  readonly getOrder: HttpHandler;
}

/**
 * Customers that place orders within an hour, and repeat each request with its idempotency key until it is accepted. Some poll the
 * status then.
 */
export class Customers {
  /** Every answer: the name of the request, and the id of the order in it. */
  readonly answers: (readonly [name: string, orderId: string])[] = [];
  /** The ids of the accepted orders. */
  readonly accepted = new Set<string>();
  /** The statuses that customers have seen. */
  readonly statuses = new StatusHistory(NEXT);
  /** The ids of accepted orders that were not found. */
  readonly unknown: string[] = [];

  /** The time of the burst, as a share of an hour, and its article. */
  private readonly burstAt: number;
  private readonly wanted: string;

  constructor(
    private readonly world: WorldView,
    private readonly checkout: Checkout,
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
    const isForgetful = world.sabotage.outside?.has('a repeated request is a new request') ?? false;
    this.call(
      this.checkout.placeOrder,
      name,
      isForgetful ? withoutKey(request) : request,
      ({ statusCode, body }) => {
        if (statusCode !== 202) return again();
        const { orderId } = JSON.parse(body ?? '{}') as { orderId: string };
        if (!this.accepted.has(orderId) && Number(name.split(' ')[1]) % POLLING === 0) this.poll(orderId);
        this.accepted.add(orderId);
        this.answers.push([name, orderId]);
      },
      again,
    );
  }

  private poll(orderId: string, polls = 0): void {
    const again = () => polls < POLLS && this.poll(orderId, polls + 1);
    this.world.time.after(POLL_AFTER * 2 ** polls, () => {
      const request = httpRequest(`GET /orders/${orderId}`, undefined, { orderId });
      this.call(
        this.checkout.getOrder,
        orderId,
        request,
        ({ statusCode, body, headers }) => {
          if (statusCode === 404) this.unknown.push(orderId);
          if (statusCode === 200) this.statuses.see(orderId, (JSON.parse(body ?? '{}') as { status: string }).status);
          if (statusCode !== 200 || headers?.['retry-after'] !== undefined) again();
        },
        again,
      );
    });
  }

  private call(
    { endpoint, run }: HttpHandler,
    name: string,
    request: HttpRequest,
    answered: (response: HttpResponse) => void,
    died: () => void,
  ): void {
    const consumer = consumerOf(endpoint);
    const invocation = new Invocation(this.world, `${consumer} ${name}`, died, FUNCTION_SECONDS);
    const runtime = this.world.runtime(endpoint.service, consumer, invocation);
    invocation.run(() => run(request, runtime), answered, died);
  }
}

function withoutKey({ headers, ...request }: HttpRequest): HttpRequest {
  return { ...request, headers: { 'content-type': headers['content-type'] } };
}

function toRequest(name: string, { chance }: WorldView, first: string): HttpRequest {
  const skus = new Set([first, chance.pick(`${name} second`, SKUS)]);
  const lines = [...skus].map((sku) => ({ sku, quantity: chance.whole(`${name} ${sku}`, 1, 3) }));
  const body = {
    customerId: 'customer',
    lines,
    ...(chance.number(`${name} callback`) < 0.5 && { callbackUrl: CALLBACK_URL }),
  };
  return httpRequest('POST /orders', body, {}, { 'idempotency-key': name.replace(' ', '-') });
}
