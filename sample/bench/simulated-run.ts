import { awsPace } from '../../bench/pace';
import catalogue from '../../lambdas/checkout/catalogue.json';
import { stock } from '../../lambdas/inventory/service';
import { consumerOf } from '../../lambdas/runtime/declare/declaration';
import type { HttpHandler } from '../../lambdas/runtime/http/accept';
import type { HttpRequest } from '../../lambdas/runtime/http/http';
import type { Pace } from '../../test/simulation/conditions';
import { faultId } from '../../test/simulation/faults';
import { endpointOf } from '../../test/simulation/handlers';
import { Invocation } from '../../test/simulation/invocation';
import type { SystemParts } from '../../test/simulation/system';
import { START, World } from '../../test/simulation/world';
import { sampleSource } from '../simulation/source';
import { makeSystem } from '../simulation/system';

const SECOND = 1_000;
const FUNCTION_SECONDS = 30;
/** More than any run takes. */
const PLENTY = 1_000_000_000;
/** Articles that no run declines: the bank declines expensive orders. */
const SKUS = Object.entries(catalogue.prices)
  .filter(([, price]) => price < 50_000)
  .map(([sku]) => sku);

/** What was seen in one second of virtual time. */
export interface Sample {
  /** Since the start. */
  readonly second: number;
  readonly accepted: number;
  readonly completed: number;
  /** Messages that wait, by queue. */
  readonly waiting: Readonly<Record<string, number>>;
  /** Batches that are processed, by queue. */
  readonly running: Readonly<Record<string, number>>;
}

export interface SimulatedRun {
  /** Milliseconds from each request to its answer. */
  readonly latencies: readonly { readonly milliseconds: number; readonly cold: boolean }[];
  /** The most requests at one time. */
  readonly requests: number;
  readonly samples: readonly Sample[];
  readonly outcomes: Readonly<Record<string, number>>;
  readonly deadLetters: number;
}

export interface SimulatedRunOptions {
  readonly parts: SystemParts;
  /** When each request is sent, in milliseconds since the start, ascending. */
  readonly arrivals: readonly number[];
  /** What happens to the system. @default nothing */
  readonly trouble?: Trouble;
}

/** A time in which the service's functions cannot reach their tables, or every call of theirs takes longer. */
export interface Trouble {
  readonly service: string;
  /** In milliseconds since the start. */
  readonly from: number;
  readonly to: number;
  /** Milliseconds that each call takes longer. @default its tables are unreachable */
  readonly slower?: number;
}

/** Returns the functions and settings of the sample as stage dev deploys them. */
export async function sampleParts(): Promise<SystemParts> {
  const { functions, ...source } = await sampleSource();
  const modules = await Promise.all(Object.entries(functions).map(async ([name, file]) => [name, await import(file)]));
  return { ...source, modules: Object.fromEntries(modules) };
}

/** Runs orders in the simulation with durations like those of AWS and without random faults. Everything but AWS is the real code. */
export async function simulateOrders({ parts, arrivals, trouble }: SimulatedRunOptions): Promise<SimulatedRun> {
  const start = START.getTime();
  const isTroubled = (by: string) =>
    trouble !== undefined && by.startsWith(`${trouble.service}.`) && isDuring(trouble, world.time.now - start);
  const call: Pace['call'] = (by, ...rest) => awsPace.call(by, ...rest) + (isTroubled(by) ? (trouble?.slower ?? 0) : 0);
  // Without a fault but the planned one.
  const only = new Set(trouble ? [faultId({ kind: 'outage', step: trouble.service })] : []);
  const world = new World(makeSystem(parts), { seed: 1, only, pace: { ...awsPace, call } });
  await stockUp(world);
  if (trouble && trouble.slower === undefined)
    world.faults.plan({ service: trouble.service, from: start + trouble.from, to: start + trouble.to });
  const checkout = new Checkout(world, endpointOf(parts, 'checkout.place-order'));
  for (const [index, at] of arrivals.entries()) world.time.after(at, () => checkout.send(index));
  const samples: Sample[] = [];
  const look = () => {
    const completed = world.system.outcomes().completed ?? 0;
    const loads = [...world.loads()];
    samples.push({
      second: Math.round((world.time.now - start) / SECOND),
      accepted: checkout.accepted,
      completed,
      waiting: Object.fromEntries(loads.map(([name, { waiting }]) => [name, waiting])),
      running: Object.fromEntries(loads.map(([name, { running }]) => [name, running])),
    });
    // Only reminders are left then, which find that their orders have ended.
    if (completed === arrivals.length) world.time.stop();
    else world.time.after(SECOND, look);
  };
  look();
  await world.time.run();
  return {
    latencies: checkout.latencies,
    requests: checkout.most,
    samples,
    outcomes: world.system.outcomes(),
    deadLetters: world.deadLetters(),
  };
}

export function isDuring({ from, to }: Pick<Trouble, 'from' | 'to'>, at: number): boolean {
  return from <= at && at < to;
}

async function stockUp(world: World): Promise<void> {
  await world.services.seed(
    'inventory',
    SKUS.map((sku) => ({ kind: 'put', ref: stock(sku), item: { sku, available: PLENTY }, expected: 'absent' })),
  );
}

/** The function behind `POST /orders`: an instance for each request at one time, as on Lambda. */
class Checkout {
  readonly latencies: { milliseconds: number; cold: boolean }[] = [];
  accepted = 0;
  most = 0;
  private running = 0;
  /** Instances that wait for a request. */
  private idle = 0;

  constructor(
    private readonly world: World,
    private readonly placeOrder: HttpHandler,
  ) {}

  send(index: number): void {
    const { world, placeOrder } = this;
    const sentAt = world.time.now;
    const cold = this.idle === 0;
    if (!cold) this.idle--;
    this.most = Math.max(this.most, ++this.running);
    const fail = () => {
      throw new Error(`Request ${index} was not accepted.`);
    };
    const { endpoint } = placeOrder;
    const consumer = consumerOf(endpoint);
    const invocation = new Invocation(world, `${consumer} ${index}`, fail, FUNCTION_SECONDS);
    const runtime = world.runtime(endpoint.service, consumer, invocation);
    invocation.run(
      async () => {
        await invocation.sleep((cold ? awsPace.coldStart : 0) + awsPace.invocation(1));
        return placeOrder.run(requestOf(index), runtime);
      },
      ({ statusCode }) => {
        if (statusCode !== 202) return fail();
        this.accepted++;
        this.running--;
        this.idle++;
        this.latencies.push({ milliseconds: world.time.now - sentAt, cold });
      },
      fail,
    );
  }
}

function requestOf(index: number): HttpRequest {
  const lines = [0, 1].map((offset) => ({ sku: SKUS[(index + offset) % SKUS.length], quantity: 1 }));
  return {
    version: '2.0',
    routeKey: 'POST /orders',
    rawPath: '/orders',
    rawQueryString: '',
    headers: { 'content-type': 'application/json', 'idempotency-key': `order-${index}` },
    requestContext: {} as HttpRequest['requestContext'],
    isBase64Encoded: false,
    body: JSON.stringify({ customerId: `customer-${index % 1_000}`, lines }),
  };
}
