import type * as z from 'zod/mini';
import type { EventContract } from '../../../contracts/core/contract';
import type { Item, Ref } from '../store/store';
import {
  consumerOf,
  type Endpoint,
  type EndpointOptions,
  type FunctionDeclaration,
  type ImportedParameter,
  inboxIn,
  type Schedule,
  type Secret,
  type Subscription,
  type Task,
  type WorkOptions,
} from './declaration';
import { defineTable, type InboxRef, type Table, type TableKeys } from './table';

/** Contracts that a service may publish: its own. */
export type OwnContract<Name extends string> = EventContract<string, unknown, EventContract['channel'], Name>;

/**
 * Defines a service: data that its handlers, its stack, the simulation, the console and the docs share. Export every declaration
 * from `lambdas/<service>/service.ts`, and write each function's code in the file of its name.
 *
 * @example
 * export const inventory = defineService('inventory');
 * export const stock = inventory.table('stock', { key: 'sku' }).of<Stock>();
 * export const reserveStock = inventory.subscription('reserve-stock', {
 *   to: [OrderCreated],
 *   emits: [StockReserved, StockRejected],
 *   uses: [stock, reservations],
 * });
 *
 * @param name kebab-case: the owner of the service's contracts, and the name of its folder and its stack
 * @throws Error when the name is not kebab-case
 */
export function defineService<const Name extends string>(name: Name): Service<Name> {
  return new Service(name);
}

/** A service, which makes its declarations. Made by {@link defineService}. */
export class Service<const Name extends string = string> {
  /** Discriminates declarations. */
  readonly kind = 'service';

  /** @param name in kebab-case */
  constructor(readonly name: Name) {
    requireKebabCase(name, 'service');
  }

  /**
   * Declares a table of the service. The type of its items is the argument of `of`.
   *
   * @example
   * interface Article {
   *   readonly sku: string;
   *   readonly available: number;
   * }
   * export const articles = inventory.table('articles', { key: 'sku' }).of<Article>();
   *
   * @param name the logical name, in kebab-case. The physical name is generated
   * @param keys the attributes of its keys and indexes
   * @throws Error when the name is not kebab-case
   */
  table<const Logical extends string>(
    name: Logical,
    keys: TableKeys,
  ): {
    /** Returns the table. `T` is the type of its items. */
    readonly of: <T extends Item>() => Table<T, Logical>;
  } {
    requireKebabCase(name, `${this.name}: table`);
    return { of: <T extends Item>() => defineTable<T, Logical>(this.name, name, keys) };
  }

  /**
   * Declares a key that the service creates at its first deployment and shares with others. Read it with `readSecret`.
   *
   * @param name the logical name, in kebab-case
   */
  sharedKey(name: string): Secret {
    return { kind: 'secret', service: this.name, name: this.checked(name) };
  }

  /**
   * Declares a secret whose ARN another service, or an operator, has published as a parameter. Read it with `readSecret`.
   *
   * @param name the logical name, in kebab-case
   * @param imported the parameter. It must exist before the service is deployed
   */
  importedSecret(name: string, imported: ImportedParameter): Secret {
    return { kind: 'secret', service: this.name, name: this.checked(name), imported };
  }

  /**
   * Declares a subscription: rule → queue (with its dead-letter queue) → the function in `lambdas/<service>/<name>.ts`.
   *
   * @example
   * export const countStock = inventory.subscription('count-stock', {
   *   to: [OrderCreated, OrderCancelled],
   *   emits: [StockReserved],
   *   uses: [stock],
   * });
   *
   * @param name in kebab-case: the name of the function's file
   * @param options the contracts that it consumes, and what its function may do
   * @throws Error when `emits` has a contract of another service, or `to` a reminder of another service
   */
  subscription<
    const To extends EventContract,
    const Emits extends OwnContract<Name> = never,
    const Uses extends Table = never,
  >(name: string, options: { readonly to: readonly To[] } & WorkOptions<Emits, Uses>): Subscription<To, Emits, Uses> {
    const { to, ...work } = options;
    for (const { name: event, channel, owner } of to) {
      if (channel !== 'reminder' || owner === this.name) continue;
      throw new Error(`${this.name}.${name} cannot receive ${event}: reminders return to ${owner}.`);
    }
    return { kind: 'subscription', ...this.work(name, work), to };
  }

  /**
   * Declares a route of the service's HTTP API. The function in `lambdas/<service>/<name>.ts` answers its requests.
   *
   * @example
   * export const placeOrder = checkout.endpoint('place-order', {
   *   route: 'POST /orders',
   *   body: z.object({ customerId: Identifier }),
   *   emits: [OrderPlaced],
   * });
   *
   * @param name in kebab-case: the name of the function's file
   * @param options the route, the body's schema, and what its function may do
   * @throws Error when the route is no method and path, `emits` has a contract of another service, or either of `inbox` and the table's
   *   `inboxOf` lacks the other
   */
  endpoint<
    const Route extends string,
    Body extends z.ZodMiniType = z.ZodMiniType,
    const Emits extends OwnContract<Name> = never,
    const Uses extends Table = never,
  >(
    name: string,
    options: EndpointOptions<Route, Body, Uses> & WorkOptions<Emits, Uses>,
  ): Endpoint<Body, Emits, Uses, Route> {
    const { route, body, authorization = 'api', inbox, ...work } = options;
    if (!/^(GET|POST|PUT|PATCH|DELETE) \/\S*$/.test(route)) {
      throw new Error(
        `${this.name}.${name}: "${route}" is not a route. Write a method and a path, e.g. "POST /orders".`,
      );
    }
    const endpoint = { kind: 'endpoint' as const, ...this.work(name, work), route, body, authorization };
    return { ...endpoint, ...inboxOf(endpoint, inbox) };
  }

  /**
   * Declares a function that runs at a fixed rate, which the stack sets. Its code is in `lambdas/<service>/<name>.ts`.
   *
   * @example
   * export const sweepOverdue = orders.schedule('sweep-overdue', { emits: [OrderOverdue] });
   *
   * @param name in kebab-case: the name of the function's file
   * @param options what the function may do. Default: nothing
   * @throws Error when `emits` has a contract of another service
   */
  schedule<const Emits extends OwnContract<Name> = never, const Uses extends Table = never>(
    name: string,
    options: WorkOptions<Emits, Uses> = {},
  ): Schedule<Emits, Uses> {
    return { kind: 'schedule', ...this.work(name, options) };
  }

  /**
   * Declares a function that runs when the service is deployed. Its code is in `lambdas/<service>/<name>.ts`.
   *
   * @param name in kebab-case: the name of the function's file
   * @param options the tables that it writes. Default: none
   */
  deployTask<const Uses extends Table = never>(
    name: string,
    options: { readonly uses?: readonly Uses[] } = {},
  ): Task<Uses> {
    return { kind: 'task', ...this.work<never, Uses>(name, options) };
  }

  private work<Emits extends EventContract, Uses extends Table>(name: string, options: WorkOptions<Emits, Uses>) {
    const { emits = [], uses = [], secrets = [], dependencies = [] } = options;
    for (const { name: event, owner } of emits) {
      if (owner === this.name) continue;
      throw new Error(
        `${this.name}.${name} cannot publish ${event}: it is owned by ${owner}. ` +
          'Publish an event of your own and let its owner subscribe to that.',
      );
    }
    for (const { name: other, service } of [...uses, ...secrets]) {
      if (service === this.name) continue;
      throw new Error(
        `${this.name}.${name} cannot use ${other}: it belongs to ${service}. Services share only contracts.`,
      );
    }
    for (const dependency of dependencies) requireKebabCase(dependency, `${this.name}.${name}: dependency`);
    return { service: this.name, name: this.checked(name), emits, uses, secrets, dependencies };
  }

  private checked(name: string): string {
    return requireKebabCase(name, this.name);
  }
}

function requireKebabCase(name: string, of: string): string {
  if (/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) return name;
  throw new Error(`${of} "${name}" must be kebab-case, e.g. reserve-stock.`);
}

/** Checks the inbox that an endpoint declares, and adds its position. @throws Error when the endpoint or the table does not declare it */
function inboxOf<Body>(endpoint: FunctionDeclaration, itemOf: ((body: Body) => Ref) | undefined) {
  const { table, position } = inboxIn(endpoint) ?? {};
  const consumer = consumerOf(endpoint);
  if (table && !itemOf) {
    const example = `inbox: (body) => ${table.name}(body.${table.key})`;
    throw new Error(
      `${consumer} does not say which item of its inbox ${table.name} keeps a request: add "${example}".`,
    );
  }
  if (!itemOf) return {};
  if (!table) throw new Error(`${consumer} has an inbox: add its name to "inboxOf" of a table that it uses.`);
  const inbox = (body: Body): InboxRef => {
    const ref = itemOf(body);
    if (ref.table === table.name) return { ...ref, consumer: position };
    throw new Error(`${consumer}: its inbox is ${table.name}, and "inbox" returns an item of ${ref.table}.`);
  };
  return { inbox };
}
