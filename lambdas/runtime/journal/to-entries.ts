import type { SQSRecord } from 'aws-lambda';
import {
  type Edited,
  flowKey,
  idKey,
  JOURNAL_DAYS,
  type JournalEntry,
  type JournalledEvent,
  MAX_DATA_BYTES,
  SHARDS,
} from './entry';

const DAY_SECONDS = 24 * 60 * 60;
/** DynamoDB: a partition key has at most 2,048 bytes, and a sort key 1,024. */
const MAX_ID_BYTES = 1_000;

/**
 * Returns the journal's items for a message from the bus or a topic: the event, and one for each id in its data. The same message
 * has the same items however often it is delivered.
 *
 * @param idFields names of fields in the data whose values are ids
 * @returns nothing for a message that is no event of this system, which the bus reports as unrouted
 */
export function toEntries(message: SQSRecord, idFields: readonly string[]): JournalEntry[] {
  const event = parse(message);
  if (event === undefined) return [];
  const ids = new Set(idFields.map((field) => event.values[field]).filter(isId));
  return [
    event.item,
    ...[...ids].map((id) => ({
      key: idKey(id),
      entry: event.item.correlationId,
      expiresAt: event.item.expiresAt,
    })),
  ];
}

function parse({ body, attributes }: SQSRecord): { item: JournalledEvent; values: Fields } | undefined {
  const envelope = fieldsOf(parseJson(body));
  const detail = fieldsOf(envelope.detail);
  const { id, version, correlationId, causationId, occurredAt, traceparent = '' } = fieldsOf(detail.metadata);
  const { source, 'detail-type': name, account } = envelope;
  if (![id, correlationId, causationId, source, name, traceparent].every(isText)) return undefined;
  if (!isId(id) || !isId(correlationId) || !isText(occurredAt) || Number.isNaN(Date.parse(occurredAt)))
    return undefined;
  const arrivedAt = new Date(Number(attributes.SentTimestamp));
  const data = JSON.stringify(detail.data);
  const item = {
    key: flowKey(correlationId),
    entry: `${occurredAt}#${id}`,
    day: `${arrivedAt.toISOString().slice(0, 10)}#${shardOf(id)}`,
    at: `${arrivedAt.toISOString()}#${id}`,
    expiresAt: Math.ceil(arrivedAt.getTime() / 1_000) + JOURNAL_DAYS * DAY_SECONDS,
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
    ...(data !== undefined && Buffer.byteLength(data) <= MAX_DATA_BYTES && { data }),
  };
  return { item, values: fieldsOf(detail.data) };
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

/** Any even distribution does. */
function shardOf(id: string): number {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + character.charCodeAt(0)) % 2_147_483_647;
  return sum % SHARDS;
}
