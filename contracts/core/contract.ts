import * as z from 'zod/mini';
import './messages';
import { sensitivityOf } from './sensitivity';

/** The contract of an event: its name, owner, version and schema. Publishers and subscribers share nothing else. */
export interface EventContract<
  Name extends string = string,
  Data = unknown,
  Via extends Channel = Channel,
  Owner extends string = string,
> {
  /** The event's name, in the past tense. Sent as EventBridge's `detail-type`. */
  readonly name: Name;
  /** The only service that publishes the event. Sent as EventBridge's `source`. */
  readonly owner: Owner;
  /** The version that this code publishes and consumes: an integer from 1. Every incompatible change needs a higher version. */
  readonly version: number;
  /**
   * The schema of the event's data. Publishers and consumers also reject text that no channel can carry and data that is nested
   * too deeply (`data-faults.ts`), so schemas do not repeat these rules.
   */
  readonly schema: z.ZodMiniType<Data>;
  /** The channel that carries the event. */
  readonly channel: Via;
  /** Whether services of this app consume the event, or only external systems. */
  readonly audience: Audience;
  /** The field of the data by which queues share their consumers fairly. @default queues deliver in about the order of arrival */
  readonly fairBy?: string;
  /** Upcasts by the version that they convert from. @default events of older versions are parked */
  readonly upcasts?: Readonly<Record<number, Upcast>>;
}

/** Converts data of one version of a contract to the next version. Made by {@link upcast}. */
export interface Upcast {
  /** The schema of the older version. */
  readonly schema: z.ZodMiniType;
  /** Returns the data of the next version. Its argument is valid for the schema. */
  readonly up: (data: unknown) => unknown;
}

/**
 * How an event reaches its subscribers.
 *
 * - `bus`: the central event bus. Any service can subscribe.
 * - `topic`: the owner's SNS topic. Receivers subscribe their queues to it directly.
 * - `reminder`: the owner's own queue, at the time that the owner chooses.
 */
export type Channel = 'bus' | 'topic' | 'reminder';

/**
 * Who consumes an event.
 *
 * - `internal`: services of this app. Synthesis fails when none subscribes.
 * - `external`: operators or other systems. The event may have no subscriber in this app.
 */
export type Audience = 'internal' | 'external';

/** The type of an event's data: `DataOf<typeof OrderCreated>`. */
export type DataOf<Contract extends EventContract> = z.infer<Contract['schema']>;

/** The argument of {@link defineEvent}. */
export interface EventDefinition<
  Name extends string = string,
  Schema extends z.ZodMiniType = z.ZodMiniType,
  Via extends Channel = Channel,
  Owner extends string = string,
> {
  /** PascalCase, in the past tense: `OrderCreated`. */
  name: Name;
  /** The service that publishes the event, in kebab-case. */
  owner: Owner;
  /** An integer from 1. */
  version: number;
  /** The schema of the event's data. */
  schema: Schema;
  /** @default 'bus' */
  channel?: Via;
  /** @default 'internal' */
  audience?: Audience;
  /**
   * A required text of the data, in every supported version: for example the customer. When one customer's events fill a queue, SQS
   * delivers those of the others first. The value is the `MessageGroupId` of each message, and SQS charges for that
   * (docs/fair-queues.md). It has 1 to 100 characters: letters, digits and ASCII punctuation.
   *
   * @default queues deliver in about the order of arrival
   */
  fairBy?: TextOf<z.infer<Schema>>;
  /** One {@link upcast} for each older version that may still arrive, without a gap. @default older versions are parked */
  upcasts?: Readonly<Record<number, Upcast>>;
}

/** The names of the required texts of an event's data. */
export type TextOf<Data> = { [Name in keyof Data]-?: Data[Name] extends string ? Name : never }[keyof Data] & string;

/**
 * Defines the contract of an event.
 *
 * @example
 * export const StockReserved = defineEvent({
 *   name: 'StockReserved',
 *   owner: 'inventory',
 *   version: 1,
 *   schema: z.object({ orderId: Identifier }),
 * });
 *
 * @throws Error when the name, the owner, the version, the upcasts or `fairBy` are invalid, as soon as the module is loaded
 */
export function defineEvent<
  const Name extends string,
  Schema extends z.ZodMiniType,
  const Owner extends string,
  const Via extends Channel = 'bus',
>(definition: EventDefinition<Name, Schema, Via, Owner>): EventContract<Name, z.infer<Schema>, Via, Owner> {
  const { name, owner, version, upcasts = {} } = definition;
  if (!/^[A-Z][A-Za-z0-9]+$/.test(name)) throw new Error(`Event name "${name}" must be PascalCase, e.g. OrderCreated.`);
  if (!/^[a-z][a-z0-9-]+$/.test(owner)) throw new Error(`${name}: owner "${owner}" must be kebab-case, e.g. orders.`);
  if (!Number.isInteger(version) || version < 1)
    throw new Error(`${name}: version ${version} must be an integer of at least 1.`);
  Object.keys(upcasts).forEach((from, index, { length }) => {
    if (Number(from) === version - length + index) return;
    throw new Error(`${name}: an upcast is missing or superfluous. Write one for each version up to v${version - 1}.`);
  });
  requireInAll(definition);
  return { channel: 'bus', audience: 'internal', ...definition } as EventContract<Name, z.infer<Schema>, Via, Owner>;
}

/** Without the field, the bus could not deliver an event of an older version. */
function requireInAll({ name, fairBy, upcasts = {} }: EventDefinition): void {
  if (fairBy === undefined) return;
  for (const [version, { schema }] of Object.entries(upcasts)) {
    const { shape = {} } = schema as Partial<z.ZodMiniObject>;
    if (fairBy in shape) continue;
    throw new Error(
      `${name}: v${version} has no ${fairBy}. Set fairBy when events of v${version} can no longer arrive.`,
    );
  }
}

/**
 * Declares the conversion of an older version to the next one.
 *
 * @example
 * const OrderV1 = z.object({ orderId: Identifier });
 *
 * export const OrderCreated = defineEvent({
 *   name: 'OrderCreated',
 *   owner: 'orders',
 *   version: 2,
 *   schema: z.object({ orderId: Identifier, currency: z.string() }),
 *   upcasts: { 1: upcast(OrderV1, (order) => ({ ...order, currency: 'EUR' })) },
 * });
 *
 * @param schema the schema of the older version
 * @param up returns the data of the next version. It must depend on its argument only, so that a replay gives the same result
 */
export function upcast<Schema extends z.ZodMiniType>(
  schema: Schema,
  up: (data: z.infer<Schema>) => Readonly<Record<string, unknown>>,
): Upcast {
  return { schema, up: up as Upcast['up'] };
}

/** Returns the oldest version that consumers of a contract support. @param contract the contract */
export function oldestVersion({ version, upcasts = {} }: EventContract): number {
  return version - Object.keys(upcasts).length;
}

/**
 * Returns the JSON Schema (draft 2020-12) of one version's data, for documentation, registries and compatibility checks.
 * Fields that are marked as personal or secret have the keyword `x-sensitivity`.
 *
 * @param version one of the supported versions. Default: the contract's current version
 * @throws Error when the contract has no upcast for this version
 */
export function toJsonSchema(contract: EventContract, version = contract.version): Record<string, unknown> {
  const schema = version === contract.version ? contract.schema : contract.upcasts?.[version]?.schema;
  if (!schema) throw new Error(`${contract.name}: v${version} has no schema. Add an upcast for it.`);
  const jsonSchema = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      const sensitivity = sensitivityOf(zodSchema);
      if (sensitivity) jsonSchema['x-sensitivity'] = sensitivity;
    },
  });
  return { title: contract.name, ...jsonSchema };
}
