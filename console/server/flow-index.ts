import type { OutgoingEvent } from '../../lambdas/runtime/events/envelope';
import { readOutbox } from '../../lambdas/runtime/events/outbox';
import type { ProcessedRecord } from '../../lambdas/runtime/work/commit';
import type { FlowState, Receipt } from '../api';

/** A subscription, as far as flows need it. */
export interface Subscriber {
  readonly name: string;
  /** Contracts, as `owner.Name`. */
  readonly to: readonly string[];
}

/** An event and the function that emitted it. */
export interface EmittedEvent {
  readonly event: OutgoingEvent;
  readonly emitter: string;
}

/** The part of an idempotency record that the index reads. */
export type RecordPart = Pick<ProcessedRecord, 'id' | 'correlationId' | 'processedAt' | 'outbox'>;

/** An event that waits for longer than this makes its flow stuck. */
const STUCK_AFTER_MS = 60_000;
/** Older flows are dropped when there are more. */
const MAX_FLOWS = 20_000;

interface Entry {
  readonly events: Map<string, EmittedEvent>;
  lastAt: string;
}

/** All flows, in memory, from the services' idempotency records: outboxes are their events, and records their receipts. */
export class FlowIndex {
  readonly #flows = new Map<string, Entry>();
  readonly #flowOf = new Map<string, string>();
  /** `<subscriber>#<event id>` → when it was processed. */
  readonly #receipts = new Map<string, string>();
  readonly #dead = new Map<string, string>();

  constructor(private readonly subscribers: readonly Subscriber[]) {}

  /** Adds a record. A record that is known already changes nothing. @returns whether it was new */
  add({ id, correlationId, processedAt, outbox = '[]' }: RecordPart): boolean {
    if (this.#receipts.has(id)) return false;
    this.#receipts.set(id, processedAt);
    const [emitter = '', causeId = ''] = splitId(id);
    this.#flowOf.set(causeId, correlationId);
    const flow = this.#flows.get(correlationId) ?? { events: new Map(), lastAt: processedAt };
    if (processedAt > flow.lastAt) flow.lastAt = processedAt;
    for (const event of readOutbox(outbox).events) {
      flow.events.set(event.detail.metadata.id, { event, emitter });
      this.#flowOf.set(event.detail.metadata.id, correlationId);
    }
    this.#flows.delete(correlationId);
    this.#flows.set(correlationId, flow);
    this.#forgetOldest();
    return true;
  }

  /** Replaces what is known of dead letters: `<subscriber>#<event id>` → reason. */
  setDead(dead: ReadonlyMap<string, string>): void {
    this.#dead.clear();
    for (const [key, reason] of dead) this.#dead.set(key, reason);
  }

  /** The flow to which an id belongs: of a flow, an event, or a request. */
  find(id: string): string | undefined {
    if (this.#flows.has(id)) return id;
    const known = this.#flowOf.get(id);
    if (known !== undefined) return known;
    for (const [correlationId, { events }] of this.#flows) {
      for (const { event } of events.values()) if (mentions(event.detail.data, id)) return correlationId;
    }
    return undefined;
  }

  /** All flows, the latest first. */
  ids(): string[] {
    return [...this.#flows.keys()].reverse();
  }

  /** The events of a flow in the order in which they occurred; undefined when there is no such flow. */
  events(correlationId: string): readonly EmittedEvent[] | undefined {
    const flow = this.#flows.get(correlationId);
    return flow && [...flow.events.values()].sort((a, b) => (occurredAt(a) < occurredAt(b) ? -1 : 1));
  }

  lastAt(correlationId: string): string {
    return this.#flows.get(correlationId)?.lastAt ?? '';
  }

  /** What each subscriber did with an event. */
  receipts({ source, name, due, detail }: OutgoingEvent, now: Date): Receipt[] {
    const interested = this.subscribers.filter(({ to }) => to.includes(`${source}.${name}`));
    return interested.map(({ name: subscriber }): Receipt => {
      const key = `${subscriber}#${detail.metadata.id}`;
      const at = this.#receipts.get(key);
      if (at !== undefined) return { subscriber, state: 'processed', at };
      const reason = this.#dead.get(key);
      if (reason !== undefined) return { subscriber, state: 'dead', reason };
      return { subscriber, state: due !== undefined && Date.parse(due) > now.getTime() ? 'scheduled' : 'pending' };
    });
  }

  /** Where a flow stands, and the subscribers at which it is stuck. */
  state(correlationId: string, now: Date): { readonly state: FlowState; readonly stuckAt: readonly string[] } {
    const stuckAt = new Set<string>();
    let isRunning = false;
    for (const { event } of this.#flows.get(correlationId)?.events.values() ?? []) {
      for (const { state, subscriber } of this.receipts(event, now)) {
        const isLate = state === 'pending' && now.getTime() - since(event) > STUCK_AFTER_MS;
        if (state === 'dead' || isLate) stuckAt.add(subscriber);
        isRunning ||= state === 'pending';
      }
    }
    return { state: stuckAt.size > 0 ? 'stuck' : isRunning ? 'running' : 'settled', stuckAt: [...stuckAt] };
  }

  #forgetOldest(): void {
    while (this.#flows.size > MAX_FLOWS) {
      const oldest = this.#flows.keys().next().value;
      if (oldest === undefined) return;
      for (const id of this.#flows.get(oldest)?.events.keys() ?? []) this.#flowOf.delete(id);
      this.#flows.delete(oldest);
    }
  }
}

/** The time from which an event waits, in milliseconds since 1970. */
export function since({ due, detail }: OutgoingEvent): number {
  return Date.parse(due ?? detail.metadata.occurredAt);
}

function occurredAt({ event }: EmittedEvent): string {
  return event.detail.metadata.occurredAt;
}

function splitId(id: string): [string, string] {
  const at = id.indexOf('#');
  return [id.slice(0, at), id.slice(at + 1)];
}

/** Whether a value of the first two levels of some data is this id. */
function mentions(data: unknown, id: string, depth = 2): boolean {
  if (data === id) return true;
  return typeof data === 'object' && data !== null && depth > 0
    ? Object.values(data).some((each) => mentions(each, id, depth - 1))
    : false;
}
