import type { Message } from '@aws-sdk/client-sqs';
import type { DeadLetterQueue } from './queues';

/**
 * How a message became a dead letter.
 *
 * - `parked`: its consumer parked it, with the reason in its attributes
 * - `received-too-often`: SQS moved it, because each receive ended in a crash or timeout of the consumer
 * - `undelivered`: the bus, a topic or the scheduler could not deliver it to the queue, or could not invoke a function
 * - `set-aside`: the bus, the topic or the scheduler refused it permanently when the relay published it
 * - `stream-batch`: Lambda's record of a batch that the relay could not publish. It contains positions, not the events
 * - `unrouted`: an event on the bus that matches no contract
 */
export type Origin = 'parked' | 'received-too-often' | 'undelivered' | 'set-aside' | 'stream-batch' | 'unrouted';

/** A message of a dead-letter queue, with the information in its attributes and body. */
export interface DeadLetter {
  /** The name of its dead-letter queue. */
  readonly queue: string;
  readonly origin: Origin;
  /** The reason with which it was parked or set aside, else the origin. */
  readonly reason: string;
  readonly error?: string;
  /** `owner.Name`, if the body is an event. */
  readonly contract?: string;
  readonly version?: number;
  readonly eventId?: string;
  readonly correlationId?: string;
  /** The id of the record with the outbox that contains the event: in an idempotency table, or in the receipt of an inbox's item. */
  readonly recordId?: string;
  /** The time at which it became a dead letter. For messages that SQS moved, the time at which they were sent, because SQS keeps that time. */
  readonly since: Date;
  readonly message: Message;
}

/** Classifies a message of a dead-letter queue. Accepts any body. */
export function classify(message: Message, queue: Pick<DeadLetterQueue, 'name' | 'of'>): DeadLetter {
  const attributes = attributesOf(message);
  const body = parse(message.Body ?? '');
  const event = eventOf(body);
  const origin = originOf(message, queue, attributes, body);
  const hasReason = origin === 'parked' || origin === 'set-aside';
  const batch = origin === 'stream-batch' ? batchOf(body) : undefined;
  return {
    queue: queue.name,
    origin,
    reason: (hasReason && attributes.reason) || origin,
    error: hasReason ? attributes.error : (batch?.error ?? deliveryErrorOf(attributes)),
    ...event,
    eventId: event.eventId ?? (hasReason ? attributes.eventId : undefined),
    correlationId: event.correlationId ?? (hasReason ? attributes.correlationId : undefined),
    recordId: attributes.recordId,
    since: batch?.since ?? (hasReason ? dateOf(attributes.parkedAt) : undefined) ?? sentAt(message),
    message,
  };
}

/** Returns when SQS accepted the message. */
export function sentAt({ Attributes }: Message): Date {
  return new Date(Number(Attributes?.SentTimestamp ?? 0));
}

function originOf(message: Message, { of }: Pick<DeadLetterQueue, 'of'>, attributes: Texts, body: unknown): Origin {
  // SQS keeps the attributes of a message that it moves, so those of an earlier parking may still be there.
  if (message.Attributes?.DeadLetterQueueSourceArn !== undefined) return 'received-too-often';
  if (of === 'relay' && batchOf(body) !== undefined) return 'stream-batch';
  if (deliveryErrorOf(attributes) !== undefined) return 'undelivered';
  if (of === 'schedule') return 'undelivered';
  if (of === 'broker') return 'unrouted';
  if (of === 'relay') return attributes.reason === undefined ? 'undelivered' : 'set-aside';
  return attributes.reason === undefined ? 'undelivered' : 'parked';
}

type Texts = Readonly<Record<string, string | undefined>>;

function attributesOf({ MessageAttributes = {} }: Message): Texts {
  return Object.fromEntries(Object.entries(MessageAttributes).map(([name, value]) => [name, value.StringValue]));
}

/** The attributes that EventBridge and its scheduler (`ERROR_CODE`) and SNS (`ErrorCode`) add to undelivered messages. */
function deliveryErrorOf(attributes: Texts): string | undefined {
  const code = attributes.ERROR_CODE ?? attributes.ErrorCode;
  const message = attributes.ERROR_MESSAGE ?? attributes.ErrorMessage;
  return code === undefined ? undefined : [code, message].filter(Boolean).join(': ');
}

/** Reads a body that may be an event of this system, an event of another system, or anything else. */
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

/** Reads Lambda's record of a failed batch (Lambda Developer Guide, "Retain discarded records with DynamoDB"). */
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
