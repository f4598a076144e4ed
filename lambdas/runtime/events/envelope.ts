import * as z from 'zod/mini';
import type { DataOf, EventContract } from '../../../contracts/core/contract';
import '../../../contracts/core/messages';
import { PermanentError } from '../errors';
import { explain } from './explain';
import { upcastData } from './versioning';

/** What every event carries beside its data. */
export interface Metadata {
  /** The same for every copy of the event, and for every re-run of the work that emitted it. */
  readonly id: string;
  /** The contract's version. */
  readonly version: number;
  /** The same for everything that followed from one request. */
  readonly correlationId: string;
  /** The id of the event or request that led to this one. */
  readonly causationId: string;
  /** ISO 8601, UTC. */
  readonly occurredAt: string;
  /** W3C Trace Context. */
  readonly traceparent: string;
}

/** An event as a consumer sees it. `name` tells a union of contracts apart. */
export interface Event<Name extends string = string, Data = unknown> {
  readonly name: Name;
  readonly source: string;
  readonly metadata: Metadata;
  readonly data: Data;
  /** Whose bus it came over: written by EventBridge. Absent when it came over another channel. */
  readonly account?: string;
  /** Of a reminder: when it was to come. ISO 8601, UTC. */
  readonly due?: string;
}

/** The event that a contract describes; of a union of contracts, the union of their events. */
export type EventOf<Contract extends EventContract> =
  Contract extends EventContract<infer Name> ? Event<Name, DataOf<Contract>> : never;

/** `detail` of an EventBridge entry. */
export interface Detail {
  readonly metadata: Metadata;
  readonly data: unknown;
}

/** An event on its way out: an element of the outbox. */
export interface OutgoingEvent {
  readonly source: string;
  readonly name: string;
  readonly detail: Detail;
  /** How it travels; absent for the bus. */
  readonly channel?: 'topic' | 'reminder';
  /** When a reminder is due: ISO 8601, UTC. */
  readonly due?: string;
}

/** Ids and names in metadata may hold any text, but not without end. */
const Text = z.string().check(z.minLength(1), z.maxLength(1_024));

const MetadataSchema = z.object({
  id: Text,
  version: z.int().check(z.minimum(1)),
  correlationId: Text,
  causationId: Text,
  occurredAt: z.iso.datetime(),
  traceparent: Text,
});

const EnvelopeSchema = z.object({
  source: Text,
  'detail-type': Text,
  account: z.optional(Text),
  due: z.optional(z.iso.datetime()),
  detail: z.object({ metadata: MetadataSchema, data: z.unknown() }),
});

/** The body of a queue's message as an event whose contract and data are not looked at yet. */
export function parseEnvelope(body: string): Event {
  const envelope = EnvelopeSchema.safeParse(parseJson(body));
  if (!envelope.success) {
    throw new PermanentError(`The message is not an event of this system: ${explain(envelope.error)}`, 'not-an-event');
  }
  const { source, 'detail-type': name, account, due, detail } = envelope.data;
  const { metadata, data } = detail;
  return { name, source, metadata, data, ...(account !== undefined && { account }), ...(due !== undefined && { due }) };
}

/** The contract of an event, among those that a consumer knows. @throws PermanentError `unknown-contract` */
export function contractOf<Contract extends EventContract>(
  { name, source }: Event,
  contracts: readonly Contract[],
): Contract {
  const contract = contracts.find((known) => known.name === name && known.owner === source);
  if (contract) return contract;
  const known = contracts.map((each) => `${each.owner}.${each.name}`).join(', ');
  throw new PermanentError(
    `${source}.${name} is not a contract of this consumer (knows ${known}).`,
    'unknown-contract',
  );
}

/**
 * Holds an event against its contract. Its data is brought to the version that the contract has; `metadata` says which one it
 * was published with.
 *
 * @throws PermanentError `unknown-version` or `broken-contract`
 */
export function validateEvent<Contract extends EventContract>(event: Event, contract: Contract): EventOf<Contract> {
  const data = contract.schema.safeParse(upcastData(contract, event.metadata.version, event.data));
  if (!data.success) {
    throw new PermanentError(`${event.name} breaks its contract: ${explain(data.error)}`, 'broken-contract');
  }
  return { ...event, data: data.data } as EventOf<Contract>;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new PermanentError(`The message is not JSON: ${(error as Error).message}`, 'not-json');
  }
}
