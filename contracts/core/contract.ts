import * as z from 'zod/mini';
import './messages';
import { sensitivityOf } from './sensitivity';

/**
 * A contract: an event's name, owner, version and schema. Publishers and subscribers share nothing else.
 */
export interface EventContract<
  Name extends string = string,
  Data = unknown,
  Via extends Channel = Channel,
  Owner extends string = string,
> {
  /** The event's name, a fact in the past tense. EventBridge's `detail-type`. */
  readonly name: Name;
  /** The only service that publishes the event. EventBridge's `source`. */
  readonly owner: Owner;
  /** The version that this code publishes and consumes: an integer from 1, raised by every incompatible change. */
  readonly version: number;
  /**
   * The schema of the event's data. Publishers and consumers also refuse text that no channel can carry, and endless nesting
   * (data-faults.ts), so a schema does not repeat these rules.
   */
  readonly schema: z.ZodMiniType<Data>;
  /** The channel: the bus, the owner's topic, or, for a reminder, the owner's own queue at its due time. */
  readonly channel: Via;
  /** Who consumes the event: services of this app, or only systems outside of it. */
  readonly audience: Audience;
  /** Steps from older versions to the next, by the older version's number. */
  readonly upcasts?: Readonly<Record<number, Upcast>>;
}

/** One step from an older version of a contract to the next. */
export interface Upcast {
  /** The shape of the older version's data. */
  readonly schema: z.ZodMiniType;
  /** Gets what the schema has let pass. */
  readonly up: (data: unknown) => unknown;
}

export type Channel = 'bus' | 'topic' | 'reminder';

/**
 * `internal`: at least one service of this app subscribes, or synthesis fails.
 * `external`: it may have no subscriber here, because operators or other systems consume it.
 */
export type Audience = 'internal' | 'external';

/** The data of an event, from its contract: `DataOf<typeof OrderCreated>`. */
export type DataOf<Contract extends EventContract> = z.infer<Contract['schema']>;

interface Definition<Name extends string, Schema extends z.ZodMiniType, Via extends Channel, Owner extends string> {
  name: Name;
  owner: Owner;
  version: number;
  schema: Schema;
  /** @default 'bus' */
  channel?: Via;
  /** @default 'internal' */
  audience?: Audience;
  /** One for each older version that may still arrive, without a gap: see {@link upcast}. @default older versions are parked */
  upcasts?: Readonly<Record<number, Upcast>>;
}

/**
 * Declares an event.
 *
 * @example
 * export const StockReserved = defineEvent({
 *   name: 'StockReserved',
 *   owner: 'inventory',
 *   version: 1,
 *   schema: z.object({ orderId: Identifier }),
 * });
 *
 * @throws Error when the name, the owner or the version is invalid, so that a mistake fails at the first import
 */
export function defineEvent<
  const Name extends string,
  Schema extends z.ZodMiniType,
  const Owner extends string,
  const Via extends Channel = 'bus',
>(definition: Definition<Name, Schema, Via, Owner>): EventContract<Name, z.infer<Schema>, Via, Owner> {
  const { name, owner, version, upcasts = {} } = definition;
  if (!/^[A-Z][A-Za-z0-9]+$/.test(name)) throw new Error(`Event name "${name}" must be PascalCase, e.g. OrderCreated.`);
  if (!/^[a-z][a-z0-9-]+$/.test(owner)) throw new Error(`${name}: owner "${owner}" must be kebab-case, e.g. orders.`);
  if (!Number.isInteger(version) || version < 1) throw new Error(`${name}: version must be an integer from 1.`);
  Object.keys(upcasts).forEach((from, index, { length }) => {
    if (Number(from) === version - length + index) return;
    throw new Error(`${name}: upcasts must be without a gap, from the oldest version to v${version - 1}.`);
  });
  return { channel: 'bus', audience: 'internal', ...definition } as EventContract<Name, z.infer<Schema>, Via, Owner>;
}

/**
 * One step from an older version to the next: `upcasts: { 1: upcast(OrderV1, (order) => ({ ...order, currency: 'EUR' })) }`.
 * It must need nothing but the data: an event that is replayed in a year has to become the same again.
 */
export function upcast<Schema extends z.ZodMiniType>(
  schema: Schema,
  up: (data: z.infer<Schema>) => Readonly<Record<string, unknown>>,
): Upcast {
  return { schema, up: up as Upcast['up'] };
}

/** The oldest version that a consumer of this contract still understands. */
export function oldestVersion({ version, upcasts = {} }: EventContract): number {
  return version - Object.keys(upcasts).length;
}

/**
 * The data of one version as JSON Schema (draft 2020-12), for documentation, registries and compatibility checks.
 * What is personal or secret says so by `x-sensitivity`.
 */
export function toJsonSchema(contract: EventContract, version = contract.version): Record<string, unknown> {
  const schema = version === contract.version ? contract.schema : contract.upcasts?.[version]?.schema;
  if (!schema) throw new Error(`${contract.name}: v${version} is not known any more.`);
  const jsonSchema = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      const sensitivity = sensitivityOf(zodSchema);
      if (sensitivity) jsonSchema['x-sensitivity'] = sensitivity;
    },
  });
  return { title: contract.name, ...jsonSchema };
}
