import type { Edited } from '../lambdas/runtime/journal/entry';
import type { OutgoingCall } from '../lambdas/runtime/work/outgoing-call';

/** An event as the journal and the outboxes contain it. */
export interface ObservedEvent {
  readonly id: string;
  /** The owner of the contract, which is also the service that published the event. */
  readonly source: string;
  readonly name: string;
  readonly version: number;
  readonly correlationId: string;
  /** The id of the event or request that caused the event. */
  readonly causationId: string;
  /** ISO 8601, UTC. */
  readonly occurredAt: string;
  readonly traceparent?: string;
  readonly channel: 'bus' | 'topic' | 'reminder';
  /** Of a reminder: its due time. ISO 8601, UTC. */
  readonly due?: string;
  /** Of an edited copy that only one subscriber received. */
  readonly edited?: Edited;
  /** The event's data. Personal and secret values are replaced unless the caller asks for them. */
  readonly data?: unknown;
  /** Of an event that was listed without its data: the journal's item that has it. */
  readonly storedIn?: string;
}

/**
 * The state of one event at one subscriber.
 *
 * - `processed`: its idempotency record exists, or its inbox remembers it
 * - `scheduled`: a reminder that is not due yet
 * - `pending`: no receipt, no dead letter, and no failed attempt in the log: it waits in a queue, or is being processed
 * - `retrying`: the last attempt failed, and the message is tried again
 * - `deferred`: a dependency is unavailable or its rate is used up, and the message waits for it
 * - `dead`: it is in the dead-letter queue
 * - `replaced`: an operator sent an edited copy instead
 */
export type ReceiptState = 'processed' | 'scheduled' | 'pending' | 'retrying' | 'deferred' | 'dead' | 'replaced';

/** The state of one event at one subscriber. */
export interface Receipt {
  /** `inventory.reserve-stock` */
  readonly subscriber: string;
  readonly state: ReceiptState;
  /** The time at which it was processed, the last attempt failed, or it became a dead letter. ISO 8601, UTC. */
  readonly at?: string;
  /** The number of the last attempt, from 1. */
  readonly attempt?: number;
  /** Of a dead letter: the reason why it was parked (`lambdas/runtime/errors.ts`), or its origin. */
  readonly reason?: string;
  readonly error?: string;
  /** Of a dead letter: its SQS message id. */
  readonly messageId?: string;
  /** Of a processed event: the requests to other systems, such as webhooks, that processing it took. */
  readonly calls?: readonly OutgoingCall[];
}

/** An event of a flow, with its cause and its receipts. */
export interface Step {
  readonly event: ObservedEvent;
  /** The function that emitted the event, e.g. `inventory.reserve-stock`. Undefined when its record is gone or was never written. */
  readonly emitter?: string;
  /** One for each subscription to the event's contract. Empty if no service of this system subscribes. */
  readonly receipts: readonly Receipt[];
}

/**
 * The state of a flow.
 *
 * - `stuck`: an event is a dead letter, is retried, or waits for longer than {@link STUCK_AFTER_SECONDS}
 * - `running`: some subscriber still has to process an event
 * - `settled`: every subscriber has processed every event. Reminders that are not due yet do not count
 */
export type FlowState = 'running' | 'stuck' | 'settled';

/** An event that waits for longer than this, in seconds, makes its flow `stuck`. */
export const STUCK_AFTER_SECONDS = 60;

/** All events that followed from one request, in the order in which they occurred. */
export interface Flow {
  /** The correlation id of its first event. */
  readonly correlationId: string;
  /** All correlation ids: a webhook or a schedule that continues a flow has its own. */
  readonly correlationIds: readonly string[];
  /** The time of its first event. ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly state: FlowState;
  /** The subscribers at which it is stuck. */
  readonly stuckAt: readonly string[];
  readonly steps: readonly Step[];
  /** The ids of requests that are part of the flow, and the functions that accepted them. */
  readonly requests: readonly FlowRequest[];
}

/** A request that caused events of a flow: from a client, a webhook, or a schedule. */
export interface FlowRequest {
  readonly id: string;
  /** `checkout.place-order` */
  readonly function: string;
  /** `POST /orders`; undefined for a schedule. */
  readonly route?: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** The response; undefined for a schedule. */
  readonly response?: HttpResponse;
  /** The requests to other systems that the function sent before it answered. */
  readonly calls?: readonly OutgoingCall[];
}

/** The response to a request. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A flow in a list. */
export interface FlowSummary extends Pick<Flow, 'correlationId' | 'startedAt' | 'endedAt' | 'state' | 'stuckAt'> {
  /** The contract of its first event, e.g. `checkout.OrderPlaced`. */
  readonly startedBy: string;
  /** The contract of its newest event. */
  readonly newest: string;
  readonly events: number;
}

/** Returns an event's contract as manifests name it: `orders.OrderCreated`. */
export function contractName({ source, name }: Pick<ObservedEvent, 'source' | 'name'>): string {
  return `${source}.${name}`;
}

/** Compares events by time. Of the events of one unit of work, which have the same time, reminders come last. */
export function byTime(
  one: Pick<ObservedEvent, 'occurredAt' | 'channel'>,
  other: Pick<ObservedEvent, 'occurredAt' | 'channel'>,
): number {
  if (one.occurredAt !== other.occurredAt) return one.occurredAt < other.occurredAt ? -1 : 1;
  return Number(one.channel === 'reminder') - Number(other.channel === 'reminder');
}
