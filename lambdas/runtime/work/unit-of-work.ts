import type { DataOf, EventContract } from '../../../contracts/core/contract';
import { PermanentError } from '../errors';
import type { Metadata, OutgoingEvent } from '../events/envelope';
import { continueTrace, deterministicId } from '../events/ids';
import { type Item, type Loaded, type Ref, refId, type Store, type Write } from '../store/store';

/** Limits of 2026, from the quota pages of DynamoDB and EventBridge, in bytes. */
export const limits = {
  /** Writes in one transaction; one of them is the idempotency record. */
  writes: 100,
  item: 400 * 1024,
  transaction: 4 * 1024 * 1024,
  /** An event on the bus. */
  event: 1024 * 1024,
  /** A message on a topic. */
  message: 256 * 1024,
} as const;

/** What a record has beside its outbox: ids, times, and for a request what was answered. */
const RECORD_BYTES = 8 * 1024;

/** What a unit of work is done for: an event that came in, or a request. */
export interface Cause {
  readonly id: string;
  readonly correlationId: string;
  readonly traceparent?: string;
}

/**
 * What a handler works with: it loads, decides, and stages writes and events. Nothing happens before the handler is done;
 * then all of it happens in one transaction, or none.
 */
export interface Work {
  /** The time at which this work is done. The same however often it is read. */
  readonly now: Date;

  /** What one item, or each of several, looks like now (staged writes included); undefined where there is none. */
  load<T extends Item>(ref: Ref<T>): Promise<T | undefined>;
  load<T extends Item>(refs: readonly Ref<T>[]): Promise<(T | undefined)[]>;

  /** Replaces an item, or creates it. It must have been loaded: if it changes meanwhile, the handler decides again. */
  put<T extends Item>(ref: Ref<T>, item: T): void;

  /**
   * Adds to a number without having to load it first, so that many may do so at once.
   * With `floor`, the number may not fall below it: if it would, the handler decides again.
   */
  adjust<T extends Item>(ref: Ref<T>, attribute: keyof T & string, by: number, options?: { floor?: number }): void;

  /** Publishes an event once the work is committed. @throws PermanentError when it is too large or not declared */
  emit<Contract extends EventContract>(contract: Contract, data: DataOf<Contract>): Metadata;

  /** Publishes an event again that was published before: who has processed it drops it. `metadata` is what `emit` gave. */
  resend<Contract extends EventContract>(contract: Contract, data: DataOf<Contract>, metadata: Metadata): void;

  /** Has an event of this service's own come back at a certain time, or later, or twice. */
  remind<Contract extends EventContract>(contract: Contract, data: DataOf<Contract>, due: Date): Metadata;

  /** An id for something new: the same when this work is done again. */
  newId(what: string): string;
}

/** What a handler staged. How it is committed is no concern of it: alone, or with the units of a whole batch. */
export interface Staged {
  readonly writes: readonly Write[];
  readonly events: readonly OutgoingEvent[];
}

/** The work of one consumer on one cause. Has no effect of its own. */
export class UnitOfWork implements Work, Staged {
  readonly writes: Write[] = [];
  readonly events: OutgoingEvent[] = [];
  private readonly seen = new Map<string, Loaded | undefined>();
  private readonly written = new Set<string>();
  private size = 0;
  private outboxSize = 0;

  constructor(
    private readonly consumer: string,
    private readonly cause: Cause,
    readonly now: Date,
    private readonly store: Pick<Store, 'load'>,
    private readonly emits: ReadonlySet<string>,
  ) {}

  load<T extends Item>(ref: Ref<T>): Promise<T | undefined>;
  load<T extends Item>(refs: readonly Ref<T>[]): Promise<(T | undefined)[]>;
  async load<T extends Item>(one: Ref<T> | readonly Ref<T>[]): Promise<T | undefined | (T | undefined)[]> {
    const refs: readonly Ref<T>[] = 'table' in one ? [one] : one;
    const unseen = refs.filter((ref) => !this.seen.has(refId(ref)));
    const loaded = unseen.length > 0 ? await this.store.load(unseen) : [];
    unseen.forEach((ref, index) => {
      this.seen.set(refId(ref), loaded[index]);
    });
    const items = refs.map((ref) => this.seen.get(refId(ref))?.item as T | undefined);
    return 'table' in one ? items[0] : items;
  }

  put<T extends Item>(ref: Ref<T>, item: T): void {
    const id = refId(ref);
    if (!this.seen.has(id)) throw new Error(`Load ${id} before you put it, or a change by others would be lost.`);
    const before = this.seen.get(id);
    this.stage({ kind: 'put', ref, item: { ...item, ...ref.key }, expected: before?.version ?? 'absent' });
    this.seen.set(id, { item, version: before?.version ?? 0 });
  }

  adjust<T extends Item>(ref: Ref<T>, attribute: keyof T & string, by: number, options: { floor?: number } = {}): void {
    if (!Number.isSafeInteger(by))
      throw new Error(`${refId(ref)}: ${attribute} can only be adjusted by a whole number.`);
    this.stage({ kind: 'adjust', ref, attribute, by, floor: options.floor });
    const before = this.seen.get(refId(ref));
    if (!before) return;
    const number = Number((before.item as Record<string, unknown>)[attribute]);
    this.seen.set(refId(ref), { ...before, item: { ...before.item, [attribute]: number + by } });
  }

  emit<Contract extends EventContract>(contract: Contract, data: DataOf<Contract>): Metadata {
    return this.send(contract, data, this.newMetadata(contract), routeOf(contract));
  }

  resend<Contract extends EventContract>(contract: Contract, data: DataOf<Contract>, metadata: Metadata): void {
    // What was kept may have been published with an older version; the data is what the contract says now.
    this.send(contract, data, { ...metadata, version: contract.version }, routeOf(contract));
  }

  remind<Contract extends EventContract>(contract: Contract, data: DataOf<Contract>, due: Date): Metadata {
    const { channel } = contract;
    if (channel !== 'reminder') throw new Error(`${contract.name} is not a reminder: publish it with emit().`);
    return this.send(contract, data, this.newMetadata(contract), { channel, due: due.toISOString() });
  }

  newId(what: string): string {
    return deterministicId(this.consumer, this.cause.id, what);
  }

  private newMetadata({ version }: EventContract): Metadata {
    return {
      id: deterministicId(this.consumer, this.cause.id, this.events.length),
      version,
      correlationId: this.cause.correlationId,
      causationId: this.cause.id,
      occurredAt: this.now.toISOString(),
      traceparent: continueTrace(this.cause.traceparent),
    };
  }

  private send(
    { name, owner: source, schema }: EventContract,
    data: unknown,
    metadata: Metadata,
    route: Route,
  ): Metadata {
    if (!this.emits.has(name)) {
      throw new Error(`${this.consumer} emits ${name} but its stack does not declare it: add it to "emits".`);
    }
    const event = { source, name, detail: { metadata, data: schema.parse(data) }, ...route };
    this.events.push(event);
    const most = route.channel ? limits.message : limits.event;
    const size = bytes(event);
    // With the comma or bracket beside it.
    this.outboxSize += size + 1;
    if (size > most) this.refuse(`${name} is larger than its channel takes (${most / 1024} KB)`);
    if (this.outboxSize >= limits.item - RECORD_BYTES)
      this.refuse('the outbox is larger than one item may be (400 KB)');
    return metadata;
  }

  private stage(write: Write): void {
    const id = refId(write.ref);
    if (this.written.has(id)) throw new Error(`${id} is written twice in one unit of work: stage one write for it.`);
    this.written.add(id);
    this.writes.push(write);
    const size = bytes(write.kind === 'put' ? write.item : write);
    this.size += size;
    if (size > limits.item) this.refuse(`${id} is larger than one item may be (400 KB)`);
    if (this.size > limits.transaction - limits.item) this.refuse('the writes exceed one transaction (4 MB)');
    if (this.writes.length >= limits.writes) this.refuse(`more than ${limits.writes - 1} writes`);
  }

  private refuse(what: string): never {
    throw new PermanentError(`${this.consumer}: ${what}. Split the work into several events.`, 'too-large');
  }
}

type Route = Pick<OutgoingEvent, 'channel' | 'due'>;

function routeOf({ name, channel }: EventContract): Route {
  if (channel === 'reminder') throw new Error(`${name} is a reminder: say when it is due, with remind().`);
  return channel === 'topic' ? { channel } : {};
}

/** JSON is never shorter than what DynamoDB and EventBridge count, but for a few bytes of numbers. */
function bytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
