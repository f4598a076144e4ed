import type * as z from 'zod/mini';
import type { EventContract } from '../../../contracts/core/contract';
import type { Item } from '../store/store';
import type { Endpoint, EndpointOptions, Schedule, Secret, Subscription, Task, WorkOptions } from './declaration';
import { defineTable, type Table, type TableKeys } from './table';

/** Contracts that a service may publish: its own. */
type Own<Name extends string> = EventContract<string, unknown, EventContract['channel'], Name>;

/**
 * A service, declared once as data that its handlers, its stack, the simulation, the console and the docs share.
 * Every declaration is exported from `lambdas/<service>/service.ts`, and each function's code is in the file of its name.
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

/** What {@link defineService} returns: makes the service's declarations. */
export class Service<const Name extends string = string> {
  readonly kind = 'service';

  constructor(readonly name: Name) {
    requireKebabCase(name, 'service');
  }

  /** A table of the service's own. Write what its items look like: `inventory.table('stock', { key: 'sku' }).of<Stock>()`. */
  table<const Logical extends string>(
    name: Logical,
    keys: TableKeys,
  ): { readonly of: <T extends Item>() => Table<T, Logical> } {
    requireKebabCase(name, `${this.name}: table`);
    return { of: <T extends Item>() => defineTable<T, Logical>(this.name, name, keys) };
  }

  /** A key that the service creates at its first deployment and shares with others. Read it with `readSecret`. */
  sharedKey(name: string): Secret {
    return { kind: 'secret', service: this.name, name: this.checked(name) };
  }

  /**
   * A secret whose ARN another service, or an operator, has published as the parameter
   * `/event-broker/<stage>/<from>/<parameter>`. Read it with `readSecret`.
   */
  importedSecret(name: string, { from, parameter }: { readonly from: string; readonly parameter: string }): Secret {
    return { kind: 'secret', service: this.name, name: this.checked(name), imported: { from, parameter } };
  }

  /**
   * A subscription: rule → queue (with its dead-letter queue) → the function in `lambdas/<service>/<name>.ts`.
   *
   * @throws Error when `emits` has a contract of another service, or `to` a reminder of another service
   */
  subscription<const To extends EventContract, const Emits extends Own<Name> = never, const Uses extends Table = never>(
    name: string,
    options: { readonly to: readonly To[] } & WorkOptions<Emits, Uses>,
  ): Subscription<To, Emits, Uses> {
    const { to, ...work } = options;
    for (const { name: event, channel, owner } of to) {
      if (channel !== 'reminder' || owner === this.name) continue;
      throw new Error(`${this.name}.${name} cannot receive ${event}: reminders return to ${owner}.`);
    }
    return { kind: 'subscription', ...this.work(name, work), to };
  }

  /** A route of the service's HTTP API, answered by the function in `lambdas/<service>/<name>.ts`. */
  endpoint<
    const Route extends string,
    Body extends z.ZodMiniType = z.ZodMiniType,
    const Emits extends Own<Name> = never,
    const Uses extends Table = never,
  >(
    name: string,
    options: EndpointOptions<Route, Body> & WorkOptions<Emits, Uses>,
  ): Endpoint<Body, Emits, Uses, Route> {
    const { route, body, authorization = 'api', ...work } = options;
    if (!/^(GET|POST|PUT|PATCH|DELETE) \/\S*$/.test(route)) {
      throw new Error(
        `${this.name}.${name}: "${route}" is not a route. Write a method and a path, e.g. "POST /orders".`,
      );
    }
    return { kind: 'endpoint', ...this.work(name, work), route, body, authorization };
  }

  /** A function that runs at a fixed rate, which the stack sets: the code in `lambdas/<service>/<name>.ts`. */
  schedule<const Emits extends Own<Name> = never, const Uses extends Table = never>(
    name: string,
    options: WorkOptions<Emits, Uses> = {},
  ): Schedule<Emits, Uses> {
    return { kind: 'schedule', ...this.work(name, options) };
  }

  /** A function that runs when the service is deployed: the code in `lambdas/<service>/<name>.ts`. */
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
