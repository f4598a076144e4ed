import * as z from 'zod/mini';
import type { DataOf, EventContract } from '../../../contracts/core/contract';
import { dataProblem } from '../../../contracts/core/data-faults';
import { isStorableText } from '../../../contracts/core/text';
import '../../../contracts/core/messages';
import { PermanentError } from '../errors';
import { firstIssue, validate } from './validate';
import { upcastData } from './versioning';

/** An event's metadata: everything but its data. */
export interface Metadata {
  /** The event's id: the same for every copy of the event, and for every re-run of the work that emitted it. */
  readonly id: string;
  /** The version of the contract that the data has. */
  readonly version: number;
  /** The flow's id: the same for all events that followed from one request. */
  readonly correlationId: string;
  /** The id of the event or request that caused this event. */
  readonly causationId: string;
  /** The time at which it was emitted. ISO 8601, UTC. */
  readonly occurredAt: string;
  /** W3C Trace Context. */
  readonly traceparent: string;
}

/** An event as a consumer receives it. `name` discriminates a union of contracts. */
export interface Event<Name extends string = string, Data = unknown> {
  /** The contract's name. */
  readonly name: Name;
  /** The service that published it. */
  readonly source: string;
  /** Ids, version and time. */
  readonly metadata: Metadata;
  /** The contract's data. */
  readonly data: Data;
  /** The AWS account of the bus, written by EventBridge. Absent on other channels. */
  readonly account?: string;
  /** Of a reminder: its due time. ISO 8601, UTC. */
  readonly due?: string;
}

/** The event of a contract. For a union of contracts, the union of their events. */
export type EventOf<Contract extends EventContract> =
  Contract extends EventContract<infer Name> ? Event<Name, DataOf<Contract>> : never;

/** The `detail` of an EventBridge entry. */
export interface Detail {
  /** Ids, version and time. */
  readonly metadata: Metadata;
  /** The contract's data. */
  readonly data: unknown;
}

/** An event of an outbox, which the relay publishes. */
export interface OutgoingEvent {
  /** The service that publishes it. */
  readonly source: string;
  /** The contract's name. */
  readonly name: string;
  /** Metadata and data. */
  readonly detail: Detail;
  /** The channel. @default the bus */
  readonly channel?: 'topic' | 'reminder';
  /** Of a reminder: its due time. ISO 8601, UTC. */
  readonly due?: string;
  /** The `MessageGroupId` of its messages. The bus takes it from the data instead. @default none */
  readonly group?: string;
}

/** In bytes. An id is part of the key of an idempotency record, for which DynamoDB allows 2,048 bytes. */
const MAX_TEXT_BYTES = 1_024;

const Text = z.string().check(z.minLength(1));
const Time = z.iso.datetime();

/** The schema of {@link Metadata}. */
export const MetadataSchema = z.object({
  id: Text,
  version: z.int().check(z.minimum(1)),
  correlationId: Text,
  causationId: Text,
  occurredAt: Time,
  traceparent: Text,
});

const EnvelopeSchema = z.object({
  source: Text,
  'detail-type': Text,
  account: z.optional(Text),
  due: z.optional(Time),
  detail: z.object({ metadata: MetadataSchema, data: z.unknown() }),
});
type Envelope = z.infer<typeof EnvelopeSchema>;

/**
 * Parses the body of a message as an event. Neither its contract nor its data is validated yet.
 *
 * @throws PermanentError `not-json`, or `not-an-event` when the metadata is not valid
 */
export function parseEnvelope(body: string): Event {
  const parsed = parseJson(body);
  const { source, 'detail-type': name, account, due, detail } = isEnvelope(parsed) ? parsed : validEnvelope(parsed);
  const { id, version, correlationId, causationId, occurredAt, traceparent } = detail.metadata;
  const metadata = { id, version, correlationId, causationId, occurredAt, traceparent };
  return { name, source, metadata, data: detail.data, account, due };
}

/** Whether {@link validEnvelope} accepts a body. Almost every body is an event, and the schema takes four times as long. */
function isEnvelope(body: unknown): body is Envelope {
  if (typeof body !== 'object' || body === null) return false;
  const { source, 'detail-type': name, account, due, detail } = body as Partial<Envelope>;
  if (typeof detail !== 'object' || detail === null || !('data' in detail)) return false;
  const { metadata } = detail;
  if (typeof metadata !== 'object' || metadata === null) return false;
  const { id, version, correlationId, causationId, occurredAt, traceparent } = metadata;
  return (
    [source, name, id, correlationId, causationId, traceparent].every(isShortText) &&
    (account === undefined || isShortText(account)) &&
    (due === undefined || isTime(due)) &&
    isTime(occurredAt) &&
    Number.isSafeInteger(version) &&
    version >= 1
  );
}

function isShortText(text: unknown): boolean {
  return typeof text === 'string' && text !== '' && text.length <= MAX_TEXT_BYTES / 3 && isStorableText(text);
}

function isTime(text: unknown): boolean {
  return typeof text === 'string' && Time._zod.pattern.test(text);
}

/** @throws PermanentError that names the first problem */
function validEnvelope(body: unknown): Envelope {
  const envelope = EnvelopeSchema.safeParse(body);
  if (!envelope.success) throw notAnEvent(firstIssue(envelope.error));
  const { source, 'detail-type': name, account, detail } = envelope.data;
  const problem = textProblem({ source, name, account, ...detail.metadata });
  if (problem) throw notAnEvent(problem);
  return envelope.data;
}

/** Returns the group of an event's messages; undefined when its contract has no `fairBy`. @param data valid for the contract */
export function groupOf({ fairBy }: Pick<EventContract, 'fairBy'>, data: unknown): string | undefined {
  return fairBy === undefined ? undefined : (data as Readonly<Record<string, string>>)[fairBy];
}

/** Explains why consumers would refuse an event's metadata; undefined when they accept it. */
export function metadataProblem(metadata: Metadata): string | undefined {
  return validate(MetadataSchema, metadata).problem ?? textProblem({ ...metadata });
}

/** Explains why consumers would refuse the ids of a new event, whose other metadata the runtime makes; undefined when they accept them. */
export function idsProblem({ correlationId, causationId }: Metadata): string | undefined {
  if (correlationId === '' || causationId === '') return 'the ids of its flow and its cause must not be empty';
  return textProblem({ correlationId, causationId });
}

/** Ids and names are any text that every channel and table accepts, up to 1,024 bytes. */
function textProblem(texts: Readonly<Record<string, unknown>>): string | undefined {
  const long = Object.keys(texts).find((name) => isLong(texts[name]));
  return long ? `${long} has more than ${MAX_TEXT_BYTES} bytes` : dataProblem(texts);
}

function isLong(text: unknown): boolean {
  // Measuring takes longer than the check that most texts pass: a character has at most three bytes.
  return typeof text === 'string' && text.length * 3 > MAX_TEXT_BYTES && Buffer.byteLength(text) > MAX_TEXT_BYTES;
}

/** Finds an event's contract among those of a consumer. @throws PermanentError `unknown-contract` */
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
 * Validates an event against its contract, after upcasting its data to the contract's version. `metadata.version` remains the
 * version that was published.
 *
 * @throws PermanentError `unknown-version` or `broken-contract`
 */
export function validateEvent<Contract extends EventContract>(event: Event, contract: Contract): EventOf<Contract> {
  const { data, problem } = validate(contract.schema, upcastData(contract, event.metadata.version, event.data));
  if (problem) throw new PermanentError(`${event.name} breaks its contract: ${problem}.`, 'broken-contract');
  return { ...event, data } as EventOf<Contract>;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new PermanentError(`The message is not JSON: ${(error as Error).message}`, 'not-json');
  }
}

function notAnEvent(problem: string): PermanentError {
  return new PermanentError(`The message is not an event of this system: ${problem}.`, 'not-an-event');
}
