import { byTime, contractName, type ObservedEvent, STUCK_AFTER_SECONDS } from '../../observe/flow';
import { recordId } from '../../observe/records';
import type { FlowState, Receipt } from '../api';

/** The parts of a subscription that flows need. */
export interface Subscriber {
  /** `inventory.reserve-stock` */
  readonly name: string;
  /** Contracts, as `owner.Name`. */
  readonly to: readonly string[];
}

/** An event at a subscriber that has no receipt yet. */
export interface Pending {
  readonly subscriber: string;
  readonly event: ObservedEvent;
}

/** The oldest flows are dropped when there are more. */
const MAX_FLOWS = 20_000;
const KEPT_FLOWS = 18_000;

interface Entry {
  readonly events: Map<string, ObservedEvent>;
  /** Keys of receipts that are missing. */
  readonly pending: Set<string>;
  /** Ids of events that functions have emitted and that have not reached the journal. */
  readonly unseen: Set<string>;
  startedAt: string;
  lastAt: string;
}

/** The flows of the journal with the receipts of their events, in memory. */
export class FlowIndex {
  readonly #flows = new Map<string, Entry>();
  readonly #flowOf = new Map<string, string>();
  /** `<subscriber>#<event id>` → what is missing, in the order in which to look for it. */
  readonly #pending = new Map<string, Pending>();
  /** The pending ones of new events, which are looked for first. */
  readonly #fresh = new Set<string>();
  /** Pending receipts of old events that were not checked yet. Most of them are processed. */
  readonly #unknown = new Set<string>();
  /** Flows with unseen events. */
  readonly #incomplete = new Set<string>();
  readonly #dead = new Map<string, string>();
  readonly #replaced = new Set<string>();
  readonly #subscribers = new Map<string, string[]>();

  constructor(subscribers: readonly Subscriber[]) {
    for (const { name, to } of subscribers)
      for (const contract of to) this.#subscribers.set(contract, [...(this.#subscribers.get(contract) ?? []), name]);
  }

  /**
   * Adds an event of the journal.
   *
   * @param isOld whether to look for its receipts after those of new events
   * @returns whether it was new
   */
  add(event: ObservedEvent, isOld = false): boolean {
    const { id, correlationId, occurredAt } = event;
    if (this.#flowOf.has(id)) return false;
    const flow = this.#flows.get(correlationId) ?? {
      events: new Map(),
      pending: new Set(),
      unseen: new Set(),
      startedAt: occurredAt,
      lastAt: occurredAt,
    };
    if (occurredAt < flow.startedAt) flow.startedAt = occurredAt;
    if (occurredAt > flow.lastAt) flow.lastAt = occurredAt;
    flow.events.set(id, event);
    if (flow.unseen.delete(id) && flow.unseen.size === 0) this.#incomplete.delete(correlationId);
    this.#flowOf.set(id, correlationId);
    if (event.edited) this.#replace(`${event.edited.for}#${event.edited.of}`, flow);
    for (const subscriber of this.#subscribersOf(event)) {
      const key = keyOf(subscriber, event);
      if (this.#replaced.has(key)) continue;
      flow.pending.add(key);
      this.#pending.set(key, { subscriber, event });
      (isOld ? this.#unknown : this.#fresh).add(key);
    }
    this.#flows.set(correlationId, flow);
    this.#forgetOldest();
    return true;
  }

  /**
   * Adds a receipt.
   *
   * @param emitted ids of the events of the same flow in its outbox. The flow is running until they have reached the journal
   * @returns whether the receipt was missing
   */
  addReceipt(key: string, processedAt: string, emitted: readonly string[] = []): boolean {
    const pending = this.#pending.get(key);
    if (pending === undefined) return false;
    this.#forget(key);
    const flow = this.#flows.get(pending.event.correlationId);
    flow?.pending.delete(key);
    for (const id of emitted) if (!this.#flowOf.has(id)) flow?.unseen.add(id);
    if (flow && flow.unseen.size > 0) this.#incomplete.add(pending.event.correlationId);
    // A reminder that causes no event does not make its flow longer.
    if (flow && pending.event.channel !== 'reminder' && processedAt > flow.lastAt) flow.lastAt = processedAt;
    return true;
  }

  /**
   * Returns missing receipts to look for: those of new events first, then those at which it was not looked for longest. Reminders that
   * are not due are left out.
   *
   * @param limit receipts at most
   */
  nextPending(limit: number, now: Date): Pending[] {
    const chosen = new Map<string, Pending>();
    for (const keys of [this.#fresh, this.#pending.keys()]) {
      for (const key of keys) {
        if (chosen.size === limit) break;
        const pending = this.#pending.get(key);
        if (pending && since(pending.event) <= now.getTime()) chosen.set(key, pending);
      }
    }
    for (const [key, pending] of chosen) {
      this.#fresh.delete(key);
      this.#pending.delete(key);
      this.#pending.set(key, pending);
    }
    return [...chosen.values()];
  }

  /** Returns flows of which emitted events have not been seen: those that were not returned longest. @param limit flows at most */
  nextIncomplete(limit: number): string[] {
    const chosen = [...this.#incomplete].slice(0, limit);
    for (const correlationId of chosen) {
      this.#incomplete.delete(correlationId);
      this.#incomplete.add(correlationId);
    }
    return chosen;
  }

  /** Tells that receipts were looked for. Those that were not found are pending. */
  looked(pending: readonly Pending[]): void {
    for (const { subscriber, event } of pending) this.#unknown.delete(keyOf(subscriber, event));
  }

  /** Replaces the known dead letters: `<subscriber>#<event id>` → reason. */
  setDead(dead: ReadonlyMap<string, string>): void {
    this.#dead.clear();
    for (const [key, reason] of dead) this.#dead.set(key, reason);
  }

  /** Returns the flow of a correlation id, or of an event's id. */
  find(id: string): string | undefined {
    return this.#flows.has(id) ? id : this.#flowOf.get(id);
  }

  /** Returns the correlation ids of all flows, the latest first. */
  ids(): string[] {
    return [...this.#flows]
      .sort(([, one], [, other]) => (one.startedAt < other.startedAt ? 1 : -1))
      .map(([correlationId]) => correlationId);
  }

  /** Returns the events of a flow in the order in which they occurred; empty when there is no such flow. */
  events(correlationId: string): readonly ObservedEvent[] {
    return [...(this.#flows.get(correlationId)?.events.values() ?? [])].sort(byTime);
  }

  lastAt(correlationId: string): string {
    return this.#flows.get(correlationId)?.lastAt ?? '';
  }

  /** Returns for how long each subscriber's oldest event has waited, in seconds. */
  oldest(now: Date): Map<string, number> {
    const oldest = new Map<string, number>();
    for (const { subscriber, state, seconds } of this.#missing(this.#pending.keys(), now)) {
      if (state === 'pending') oldest.set(subscriber, Math.max(oldest.get(subscriber) ?? 0, Math.round(seconds)));
    }
    return oldest;
  }

  /** Returns the state of a flow, and the subscribers at which it is stuck. */
  state(correlationId: string, now: Date): { readonly state: FlowState; readonly stuckAt: readonly string[] } {
    const stuckAt = new Set<string>();
    const flow = this.#flows.get(correlationId);
    let isRunning = flow !== undefined && flow.unseen.size > 0;
    for (const { state, subscriber, seconds } of this.#missing(flow?.pending ?? [], now)) {
      if (state === 'dead' || (state === 'pending' && seconds > STUCK_AFTER_SECONDS)) stuckAt.add(subscriber);
      isRunning ||= state === 'pending';
    }
    return { state: stuckAt.size > 0 ? 'stuck' : isRunning ? 'running' : 'settled', stuckAt: [...stuckAt] };
  }

  /** Counts the flows in each state. */
  counts(now: Date): Record<FlowState, number> {
    const counts = { running: 0, stuck: 0, settled: 0 };
    for (const correlationId of this.#flows.keys()) counts[this.state(correlationId, now).state]++;
    return counts;
  }

  *#missing(keys: Iterable<string>, now: Date): Generator<Pick<Receipt, 'subscriber' | 'state'> & { seconds: number }> {
    for (const key of keys) {
      const pending = this.#pending.get(key);
      if (pending === undefined || this.#unknown.has(key)) continue;
      const seconds = (now.getTime() - since(pending.event)) / 1_000;
      const state = this.#dead.has(key) ? 'dead' : seconds < 0 ? 'scheduled' : 'pending';
      yield { subscriber: pending.subscriber, state, seconds };
    }
  }

  /** An edited copy was sent instead of an event, so its receipt is not missing. */
  #replace(key: string, flow: Entry): void {
    this.#replaced.add(key);
    this.#forget(key);
    flow.pending.delete(key);
  }

  #forget(key: string): void {
    this.#pending.delete(key);
    this.#fresh.delete(key);
    this.#unknown.delete(key);
  }

  #subscribersOf(event: ObservedEvent): readonly string[] {
    const { edited } = event;
    return (this.#subscribers.get(contractName(event)) ?? []).filter((one) => !edited || edited.for === one);
  }

  #forgetOldest(): void {
    if (this.#flows.size <= MAX_FLOWS) return;
    for (const correlationId of this.ids().slice(KEPT_FLOWS)) {
      const { events, pending } = this.#flows.get(correlationId) as Entry;
      for (const id of events.keys()) this.#flowOf.delete(id);
      for (const key of pending) {
        this.#forget(key);
      }
      this.#flows.delete(correlationId);
      this.#incomplete.delete(correlationId);
    }
  }
}

/** Returns the time from which an event waits, in milliseconds since 1970. */
function since({ due, occurredAt }: ObservedEvent): number {
  return Date.parse(due ?? occurredAt);
}

function keyOf(consumer: string, { id: causeId }: ObservedEvent): string {
  return recordId({ consumer, causeId });
}
