import { toJson, toMessageBody } from '../events/bus-event';
import type { OutgoingEvent } from '../events/envelope';

/** Limits of the channels, in bytes, counted as their services count. */
export const channelLimits = {
  /** EventBridge: all entries of one `PutEvents` call together. */
  bus: 1024 * 1024,
  /** SNS: all messages of one `PublishBatch` call together, with their attributes. */
  topic: 256 * 1024,
  /** SQS: one message, with its attributes. */
  queue: 1024 * 1024,
  /** EventBridge Scheduler: the input of one schedule. */
  schedule: 256 * 1024,
} as const;

/** SQS delays a message by up to 15 minutes. A reminder that is due later needs a schedule. */
export const MAX_DELAY_SECONDS = 15 * 60;

/** The message attribute of a topic's messages that subscribers filter by: the event's name. */
export const NAME_ATTRIBUTE = 'name';

/**
 * Whether a text can be a message group: SQS and SNS take up to 128 characters, the target of a rule up to 100
 * (SQS API reference, SendMessage; EventBridge API reference, SqsParameters).
 */
export function isMessageGroup(text: string): boolean {
  return /^[!-~]{1,100}$/.test(text);
}

/** A message attribute of SQS or SNS. */
export interface StringAttribute {
  readonly DataType: 'String';
  readonly StringValue: string;
}

/** EventBridge counts 14 bytes for an entry's `Time`, whatever its value. */
const TIME_BYTES = 14;

/**
 * The size of an event's entry on the bus: `Time`, `Source`, `DetailType` and `Detail`
 * (EventBridge User Guide, "Calculating PutEvents event entry size").
 */
export function entryBytes({ source, name, detail }: OutgoingEvent): number {
  return TIME_BYTES + Buffer.byteLength(source) + Buffer.byteLength(name) + Buffer.byteLength(toJson(detail));
}

/** The size of a message of SQS or SNS: its body, and the name, type and value of each attribute (SQS quotas). */
export function messageBytes(body: string, attributes: Readonly<Record<string, StringAttribute>> = {}): number {
  return Object.entries(attributes).reduce(
    (sum, [name, attribute]) => sum + attributeBytes(name, attribute),
    Buffer.byteLength(body),
  );
}

/** The size of one message attribute. */
export function attributeBytes(name: string, { DataType, StringValue }: StringAttribute): number {
  return Buffer.byteLength(name) + Buffer.byteLength(DataType) + Buffer.byteLength(StringValue);
}

/** The attributes of an event's message on a topic. */
export function topicAttributes({ name }: Pick<OutgoingEvent, 'name'>): Record<string, StringAttribute> {
  return { [NAME_ATTRIBUTE]: { DataType: 'String', StringValue: name } };
}

/** The size of an event's message on a topic. */
export function topicBytes(event: OutgoingEvent): number {
  return messageBytes(toMessageBody(event), topicAttributes(event));
}

const bodyBytes = (event: OutgoingEvent) => messageBytes(toMessageBody(event));
const measures = { bus: entryBytes, topic: topicBytes, queue: bodyBytes, schedule: bodyBytes };

/** Explains why an event is too large for its channel; undefined when it is not. */
export function sizeProblem(event: OutgoingEvent, now: Date): string | undefined {
  const { channel = 'bus', due = '', name } = event;
  const isFar = Date.parse(due) - now.getTime() > MAX_DELAY_SECONDS * 1_000;
  const carrier = channel !== 'reminder' ? channel : isFar ? 'schedule' : 'queue';
  const [bytes, most] = [measures[carrier](event), channelLimits[carrier]];
  return bytes > most ? `${name} has ${bytes} bytes, and its ${carrier} takes ${most}` : undefined;
}
