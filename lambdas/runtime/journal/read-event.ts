import type { SQSRecord } from 'aws-lambda';
import { type Edited, type JournalledEvent, MAX_DATA_BYTES } from './entry';

/** DynamoDB: a partition key has at most 2,048 bytes, and a sort key 1,024. */
const MAX_ID_BYTES = 1_000;

/** An event, and the ids in its data by which its flow is found. */
export interface ReadEvent {
  readonly event: JournalledEvent;
  readonly ids: readonly string[];
}

/**
 * Reads the events of a message from the bus or a topic: one, or all reminders of an announcement. The same message has the same events
 * however often it is delivered.
 *
 * @param idFields names of fields in the data whose values are ids
 * @returns none for a message that is no event of this system, which the bus reports as unrouted
 */
export function readEvents({ body, attributes }: SQSRecord, idFields: readonly string[]): ReadEvent[] {
  const envelope = fieldsOf(parseJson(body));
  const { more = [] } = fieldsOf(envelope.detail);
  const at = new Date(Number(attributes.SentTimestamp)).toISOString();
  return [envelope.detail, ...(Array.isArray(more) ? more : [])].flatMap(
    (detail) => readEvent(envelope, fieldsOf(detail), at, idFields) ?? [],
  );
}

function readEvent(envelope: Fields, detail: Fields, at: string, idFields: readonly string[]): ReadEvent | undefined {
  const { id, version, correlationId, causationId, occurredAt, traceparent = '' } = fieldsOf(detail.metadata);
  const { source, 'detail-type': name, account } = envelope;
  if (![id, correlationId, causationId, source, name, traceparent].every(isText)) return undefined;
  if (!isId(id) || !isId(correlationId) || !isText(occurredAt) || Number.isNaN(Date.parse(occurredAt)))
    return undefined;
  const { data } = detail;
  const event: JournalledEvent = {
    at,
    id,
    source: String(source),
    name: String(name),
    version: Number(version),
    correlationId,
    causationId: String(causationId),
    occurredAt,
    traceparent: String(traceparent),
    ...channelOf(account, detail),
    ...(isEdited(detail.edited) && { edited: detail.edited }),
    ...(data !== undefined && Buffer.byteLength(JSON.stringify(data)) <= MAX_DATA_BYTES && { data }),
  };
  const fields = fieldsOf(data);
  return { event, ids: [...new Set(idFields.map((field) => fields[field]).filter(isId))] };
}

/** EventBridge writes the account of the bus. A topic delivers the message as it was published. */
function channelOf(account: unknown, { due }: Fields): Pick<JournalledEvent, 'channel' | 'due'> {
  if (isText(due)) return { channel: 'reminder', due };
  return { channel: isText(account) ? 'bus' : 'topic' };
}

function isEdited(value: unknown): value is Edited {
  const { of, for: subscriber, by } = fieldsOf(value);
  return [of, subscriber, by].every(isId);
}

type Fields = Readonly<Record<string, unknown>>;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && Buffer.byteLength(value) <= MAX_ID_BYTES;
}
