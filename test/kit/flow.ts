import type { Consumer } from '../../lambdas/runtime/consume/consume';
import { consumerOf } from '../../lambdas/runtime/declare/declaration';
import type { Table } from '../../lambdas/runtime/declare/table';
import type { OutgoingEvent } from '../../lambdas/runtime/events/envelope';
import { readOutbox } from '../../lambdas/runtime/events/outbox';
import type { HttpHandler } from '../../lambdas/runtime/http/accept';
import type { HttpRequest } from '../../lambdas/runtime/http/http';
import type { Item } from '../../lambdas/runtime/store/store';
import type { Schema } from '../simulation/aws/dynamodb';
import { schemaOf, tablesOf } from '../simulation/handlers';
import { Invocation } from '../simulation/invocation';
import { simulate } from '../simulation/simulation';
import type { SimulatedSubscription, SimulatedSystem, WorldView } from '../simulation/system';

const SEEDS = 50;
const FUNCTION_SECONDS = 30;
const SECOND_MS = 1_000;
const HTTP_CLIENT_ERROR = 400;
const HTTP_SERVER_ERROR = 500;

/** The default settings of a stack's subscriptions. */
const SETTINGS: SimulatedSubscription['settings'] = {
  attempts: 8,
  backoffSeconds: { base: 2, cap: 300 },
  timeoutSeconds: FUNCTION_SECONDS,
  visibilitySeconds: 6 * FUNCTION_SECONDS,
  batchSize: 10,
  maxConcurrency: 10,
};

/** A flow in one simulated world, for its test. */
export interface Flow {
  /** Sends a request within the first minute, and repeats it under the same idempotency key after a server error. */
  request(endpoint: HttpHandler, request: HttpRequest): void;
  /** Returns the current items of a table. */
  items<T extends Item>(table: Table<T>): readonly T[];
  /** Returns all events that a service has emitted. */
  emitted(service: string): readonly OutgoingEvent[];
}

/** Options of {@link simulateFlow}. */
export interface FlowOptions {
  /** The handlers of all subscriptions of the flow. */
  readonly consumers: readonly Consumer[];
  /** Sends the requests that begin the flow. */
  readonly begin: (flow: Flow) => void;
  /** Asserts the result when no work is left. It must not depend on the order of the events. */
  readonly end: (flow: Flow) => void;
  /** Number of worlds. @default 50 */
  readonly seeds?: number;
}

/**
 * Runs a flow in simulated worlds: real handlers and commits, while messages are reordered, duplicated and delayed, calls fail and
 * functions crash at every step. The same seed gives the same run.
 *
 * @example
 * await simulateFlow({
 *   consumers: [writeGreeting],
 *   begin: (flow) => flow.request(requestGreeting, httpRequest('POST /greetings', { name: 'Ada' })),
 *   end: (flow) => expect(flow.items(greetings)).toMatchObject([{ text: 'Hello, Ada!' }]),
 * });
 *
 * @param options the handlers, the requests and the assertions
 * @throws Error that names the first seed whose world did not end as expected
 */
export async function simulateFlow({ consumers, begin, end, seeds = SEEDS }: FlowOptions): Promise<void> {
  for (let seed = 1; seed <= seeds; seed++) {
    const makeSystem = (world: WorldView) => systemOf(world, { consumers, begin, end });
    const { violations, faults } = await simulate(makeSystem, { seed, size: 1 });
    if (violations.length > 0) {
      const happened = faults.map(({ kind }) => kind).join(', ') || 'no faults';
      throw new Error(`Seed ${seed} (${happened}): ${violations.join('\n')}`);
    }
  }
}

function systemOf(world: WorldView, { consumers, begin, end }: FlowOptions): SimulatedSystem {
  let requests = 0;
  const refused: string[] = [];
  const tables: Record<string, Schema> = {};
  const know = (uses: readonly Table[]) => {
    for (const { service, name, key, sortKey, timeToLive, indexes } of uses)
      tables[`${service}.${name}`] = { key, sortKey, timeToLive, indexes };
  };
  for (const { subscription } of consumers) know(tablesOf(subscription));
  const flow: Flow = {
    request: (endpoint, request) => {
      know(tablesOf(endpoint.endpoint));
      plan(world, endpoint, request, `request-${++requests}`, refused);
    },
    items: (table) => {
      know([table]);
      return world.services.items(table.service, table.name);
    },
    emitted: (service) => world.services.effects(service).flatMap((record) => readOutbox(record).events),
  };
  return {
    subscriptions: consumers.map((consumer) => ({
      service: consumer.subscription.service,
      name: consumerOf(consumer.subscription),
      to: consumer.subscription.to,
      settings: SETTINGS,
      run: (batch, runtime) => consumer.run(batch, runtime),
    })),
    schedules: [],
    isPartial: true,
    schemaOf: (table) => schemaOf({ modules: {}, manifests: [], tables }, table),
    losableAs: () => undefined,
    begin: async () => begin(flow),
    findViolations: () => {
      try {
        end(flow);
        return refused;
      } catch (error) {
        return [...refused, (error as Error).message];
      }
    },
    outcomes: () => ({}),
  };
}

function plan(world: WorldView, endpoint: HttpHandler, request: HttpRequest, key: string, refused: string[]): void {
  const name = consumerOf(endpoint.endpoint);
  const { service } = endpoint.endpoint;
  const repeatable = { ...request, headers: { 'idempotency-key': key, ...request.headers } };
  const send = () => {
    const again = () => world.time.after((1 + world.chance.number(`${name} ${key} again`)) * SECOND_MS, send);
    const invocation = new Invocation(world, `${name} ${key}`, again, FUNCTION_SECONDS);
    invocation.run(
      () => endpoint.run(repeatable, world.runtime(service, name, invocation)),
      ({ statusCode = 200, body }) => {
        if (statusCode >= HTTP_SERVER_ERROR) again();
        else if (statusCode >= HTTP_CLIENT_ERROR) refused.push(`${request.routeKey} answered ${statusCode}: ${body}`);
      },
      again,
    );
  };
  world.time.after(world.chance.number(`${name} ${key} at`) * 60 * SECOND_MS, send);
}
