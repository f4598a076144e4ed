import type { Message } from '@aws-sdk/client-sqs';
import type { DeadLetterQueue } from './queues';

/**
 * How a message became a dead letter.
 *
 * - `parked`: its consumer put it there, with the reason as attributes;
 * - `received-too-often`: SQS moved it, because it killed its consumer or timed it out again and again;
 * - `undelivered`: the bus, a topic or the scheduler could not put it into the consumer's queue, or start a function;
 * - `set-aside`: the bus, the topic or the scheduler refused it when the relay published it;
 * - `stream-batch`: Lambda's note of a batch of records that the relay could not publish at all: no message, only where it was;
 * - `unrouted`: an event on the bus that no contract describes.
 */
export type Shape = 'parked' | 'received-too-often' | 'undelivered' | 'set-aside' | 'stream-batch' | 'unrouted';

/** A dead letter, understood. */
export interface DeadLetter {
  /** The name of its queue. */
  readonly queue: string;
  readonly shape: Shape;
  /** The reason it was parked with; else the shape. */
  readonly reason: string;
  readonly error?: string;
  /** `owner.Name`, and the version, of what can be read as an event. */
  readonly contract?: string;
  readonly version?: number;
  readonly eventId?: string;
  readonly correlationId?: string;
  /** The record whose outbox has it. */
  readonly recordId?: string;
  /** When it died; of what SQS moved, when it was sent, since SQS keeps that. */
  readonly since: Date;
  readonly message: Message;
}

/** Tells what a message of a dead-letter queue is. Takes anything. */
export function classify(message: Message, queue: Pick<DeadLetterQueue, 'name' | 'of'>): DeadLetter {
  const attributes = attributesOf(message);
  const body = parse(message.Body ?? '');
  const event = eventOf(body);
  const shape = shapeOf(message, queue, attributes, body);
  const isParked = shape === 'parked' || shape === 'set-aside';
  const batch = shape === 'stream-batch' ? batchOf(body) : undefined;
  return {
    queue: queue.name,
    shape,
    reason: (isParked && attributes.reason) || shape,
    error: isParked ? attributes.error : (batch?.error ?? failureOf(attributes)),
    ...event,
    eventId: event.eventId ?? (isParked ? attributes.eventId : undefined),
    correlationId: event.correlationId ?? (isParked ? attributes.correlationId : undefined),
    recordId: attributes.recordId,
    since: batch?.since ?? (isParked ? dateOf(attributes.parkedAt) : undefined) ?? sentAt(message),
    message,
  };
}

/** When SQS took the message. */
export function sentAt({ Attributes }: Message): Date {
  return new Date(Number(Attributes?.SentTimestamp ?? 0));
}

function shapeOf(message: Message, { of }: Pick<DeadLetterQueue, 'of'>, attributes: Texts, body: unknown): Shape {
  // SQS moves a message with the attributes that it has: those of an earlier parking may still be there.
  if (message.Attributes?.DeadLetterQueueSourceArn !== undefined) return 'received-too-often';
  if (of === 'relay' && batchOf(body) !== undefined) return 'stream-batch';
  if (failureOf(attributes) !== undefined) return 'undelivered';
  if (of === 'schedule') return 'undelivered';
  if (of === 'broker') return 'unrouted';
  if (of === 'relay') return attributes.reason === undefined ? 'undelivered' : 'set-aside';
  return attributes.reason === undefined ? 'undelivered' : 'parked';
}

type Texts = Readonly<Record<string, string | undefined>>;

function attributesOf({ MessageAttributes = {} }: Message): Texts {
  return Object.fromEntries(Object.entries(MessageAttributes).map(([name, value]) => [name, value.StringValue]));
}

/** What EventBridge, its scheduler (`ERROR_CODE`) and SNS (`ErrorCode`) say of what they could not deliver. */
function failureOf(attributes: Texts): string | undefined {
  const code = attributes.ERROR_CODE ?? attributes.ErrorCode;
  const message = attributes.ERROR_MESSAGE ?? attributes.ErrorMessage;
  return code === undefined ? undefined : [code, message].filter(Boolean).join(': ');
}

/** What can be said of a body that may be an event of this system, of another, or anything. */
function eventOf(body: unknown): Pick<DeadLetter, 'contract' | 'version' | 'eventId' | 'correlationId'> {
  const event = record(body);
  const metadata = record(record(event.detail).metadata);
  const [source, name] = [text(event.source), text(event['detail-type'])];
  return {
    ...(source && name && { contract: `${source}.${name}` }),
    ...(typeof metadata.version === 'number' && { version: metadata.version }),
    eventId: text(metadata.id),
    correlationId: text(metadata.correlationId),
  };
}

/** Lambda's record of a failed batch (Lambda Developer Guide, "Retain discarded records with DynamoDB"). */
function batchOf(body: unknown): { since: Date | undefined; error: string } | undefined {
  const { DDBStreamBatchInfo, requestContext, responseContext } = record(body);
  if (DDBStreamBatchInfo === undefined) return undefined;
  const { batchSize, approximateArrivalOfFirstRecord } = record(DDBStreamBatchInfo);
  const condition = text(record(requestContext).condition) ?? 'failed';
  const error = text(record(responseContext).functionError);
  return {
    since: dateOf(text(approximateArrivalOfFirstRecord)),
    error: `${condition}: ${batchSize ?? 'some'} records were not published${error ? ` (${error})` : ''}`,
  };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function dateOf(value: string | undefined): Date | undefined {
  const date = new Date(value ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
