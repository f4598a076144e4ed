import type * as z from 'zod/mini';
import type { EventContract } from '../../../contracts/core/contract';
import type { InboxRef, RefTo, Table } from './table';

/** A secret of a service, by its logical name. */
export interface Secret {
  /** Discriminates declarations. */
  readonly kind: 'secret';
  /** The service's name. */
  readonly service: string;
  /** The logical name. The physical name is generated. */
  readonly name: string;
  /** The parameter with its ARN. Absent for a key that the service creates. */
  readonly imported?: ImportedParameter;
}

/** The parameter `/event-broker/<stage>/<from>/<parameter>`. */
export interface ImportedParameter {
  /** The service that publishes it, or a name that an operator chose. */
  readonly from: string;
  /** The last part of its name. */
  readonly parameter: string;
}

/** The permissions of a function beyond reading its input. It gets no others. */
export interface WorkOptions<Emits extends EventContract, Uses extends Table> {
  /** The contracts that it publishes. Their owner is the service. @default none */
  readonly emits?: readonly Emits[];
  /** The service's tables that it reads and writes. @default none */
  readonly uses?: readonly Uses[];
  /** The service's secrets that it reads. @default none */
  readonly secrets?: readonly Secret[];
  /**
   * Names of the external systems that its adapters `circuitBreaker` and `rateLimit` protect, e.g. `payment-provider`. All
   * functions of the service that name one share its state in one table, and an alarm reports when it is unavailable.
   *
   * @default none
   */
  readonly dependencies?: readonly string[];
}

/** The common part of all declarations of functions. */
export interface FunctionDeclaration<Emits extends EventContract = EventContract, Uses extends Table = Table>
  extends Required<WorkOptions<Emits, Uses>> {
  /** The service's name. */
  readonly service: string;
  /** The function's name: its file is `lambdas/<service>/<name>.ts`. */
  readonly name: string;
}

/** A function that consumes events from a queue. */
export interface Subscription<
  To extends EventContract = EventContract,
  Emits extends EventContract = EventContract,
  Uses extends Table = Table,
> extends FunctionDeclaration<Emits, Uses> {
  /** Discriminates declarations. */
  readonly kind: 'subscription';
  /** The contracts that it consumes. */
  readonly to: readonly To[];
}

/** Options of an endpoint. */
export interface EndpointOptions<Route extends string, Body extends z.ZodMiniType, Uses extends Table = Table> {
  /** Method and path, e.g. `POST /orders` or `GET /orders/{orderId}`. A `GET` only reads. */
  readonly route: Route;
  /** The schema of the JSON body. @default the route takes none */
  readonly body?: Body;
  /**
   * Who authenticates the caller. `api`: API Gateway, by IAM or JWT. `handler`: the function, by a signature or a key in the
   * request, for callers that have neither; it must refuse every request that it cannot verify.
   *
   * @default 'api'
   */
  readonly authorization?: 'api' | 'handler';
  /**
   * Returns the item that keeps the receipt of a request, with its answer and events. Its table has the endpoint's name in `inboxOf`. The
   * handler finds or puts the item, or throws.
   *
   * @default each request has an idempotency record
   */
  inbox?(body: z.infer<Body>): RefTo<Uses>;
}

/** A function behind a route of the service's HTTP API. */
export interface Endpoint<
  Body extends z.ZodMiniType = z.ZodMiniType,
  Emits extends EventContract = EventContract,
  Uses extends Table = Table,
  Route extends string = string,
> extends FunctionDeclaration<Emits, Uses> {
  /** Discriminates declarations. */
  readonly kind: 'endpoint';
  /** Method and path. */
  readonly route: Route;
  /** The schema of the JSON body. */
  readonly body: Body | undefined;
  /** Who authenticates the caller. */
  readonly authorization: 'api' | 'handler';
  /** Returns the item that keeps the receipt of a request. Absent if no table is its inbox. */
  inbox?(body: z.infer<Body>): InboxRef;
}

/** A function that runs at a fixed rate. */
export interface Schedule<Emits extends EventContract = EventContract, Uses extends Table = Table>
  extends FunctionDeclaration<Emits, Uses> {
  /** Discriminates declarations. */
  readonly kind: 'schedule';
}

/** A function that runs when its service is deployed. */
export interface Task<Uses extends Table = Table> extends FunctionDeclaration<never, Uses> {
  /** Discriminates declarations. */
  readonly kind: 'task';
}

/** Any function that a service declares. */
export type Declaration = Subscription | Endpoint | Schedule | Task;

/** Returns a function's name among all services: `inventory.reserve-stock`. Idempotency records and logs have it. @param declaration the function */
export function consumerOf({ service, name }: Pick<FunctionDeclaration, 'service' | 'name'>): string {
  return `${service}.${name}`;
}

/** A table that is the inbox of a function, and the position of the function's name in its `inboxOf`. */
export interface InboxDeclaration {
  readonly table: Table;
  readonly position: number;
}

/** Returns the inbox of a function; undefined if none of its tables is one. @param declaration the function */
export function inboxIn({ name, uses }: Pick<FunctionDeclaration, 'name' | 'uses'>): InboxDeclaration | undefined {
  const inboxes = uses.map((table) => ({ table, position: table.inboxOf?.indexOf(name) ?? -1 }));
  return inboxes.find(({ position }) => position >= 0);
}

/** Whether a route only reads, so that its function gets no permission to write and needs no idempotency record. @param endpoint the declaration */
export function isReadOnly({ route }: Pick<Endpoint, 'route'>): boolean {
  return route.startsWith('GET ');
}
