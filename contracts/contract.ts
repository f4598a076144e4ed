import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

// zod/mini says only "Invalid input" unless it is given a language.
// Only this one file: `z.locales` would bring all languages, 260 KB of them, into every bundle.
z.config(en());

/**
 * A contract: what one kind of event is called, who alone may publish it, and what its data looks like.
 * Publishers and subscribers share nothing else.
 */
export interface EventContract<Name extends string = string, Data = unknown> {
  /** The event's name, a fact in the past tense. EventBridge's `detail-type`. */
  readonly name: Name;
  /** The service that alone may publish it. EventBridge's `source`. */
  readonly owner: string;
  /** The version this code publishes and understands: a whole number from 1, raised by every incompatible change. */
  readonly version: number;
  /** The shape of the event's data. */
  readonly schema: z.ZodMiniType<Data>;
  /** How it travels: over the bus, over its owner's topic, or, as a reminder, back to its owner when its time has come. */
  readonly channel: Channel;
}

export type Channel = 'bus' | 'topic' | 'reminder';

/** The data of an event, from its contract: `DataOf<typeof OrderCreated>`. */
export type DataOf<Contract extends EventContract> = z.infer<Contract['schema']>;

interface Definition<Name extends string, Schema extends z.ZodMiniType> {
  name: Name;
  owner: string;
  version: number;
  schema: Schema;
  /** @default 'bus' */
  channel?: Channel;
}

/**
 * Declares an event.
 *
 * @throws Error when the name or the version cannot be one, so that a mistake shows at the first import.
 */
export function defineEvent<const Name extends string, Schema extends z.ZodMiniType>(
  definition: Definition<Name, Schema>,
): EventContract<Name, z.infer<Schema>> {
  const { name, owner, version } = definition;
  if (!/^[A-Z][A-Za-z0-9]+$/.test(name)) throw new Error(`Event name "${name}" must be PascalCase, e.g. OrderCreated.`);
  if (!/^[a-z][a-z0-9-]+$/.test(owner)) throw new Error(`${name}: owner "${owner}" must be kebab-case, e.g. orders.`);
  if (!Number.isInteger(version) || version < 1) throw new Error(`${name}: version must be a whole number from 1.`);
  return { channel: 'bus', ...definition } as EventContract<Name, z.infer<Schema>>;
}

/** The contract's data as JSON Schema (draft 2020-12), for documentation, registries and compatibility checks. */
export function toJsonSchema(contract: EventContract): Record<string, unknown> {
  return { title: contract.name, ...z.toJSONSchema(contract.schema, { io: 'input' }) };
}
