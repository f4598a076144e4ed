import type { DataOf, EventContract } from '../../../contracts/core/contract';
import type { InboxRef } from '../declare/table';
import { PermanentError } from '../errors';
import { groupOf, idsProblem, type Metadata, metadataProblem, type OutgoingEvent } from '../events/envelope';
import { continueTrace, deterministicId, traceEvent } from '../events/ids';
import { eventId, writeEntry, writeOutbox } from '../events/outbox';
import { validate } from '../events/validate';
import { isMessageGroup, sizeProblem } from '../publish/sizes';
import { checkRef, checkWrite, limits } from '../store/limits';
import { type Loaded, type Ref, refId, type Store, type Write } from '../store/store';
import { findReceipt, MOST_RECEIPTS, makeReceipt, type RecordDetails, withRecord } from './receipts';
import type { ItemOf, Work } from './work';

/** Bytes of a record beside its outbox: ids, times, and the response to a request. */
const RECORD_BYTES = 8 * 1024;

/** Bytes of an event that every channel accepts, the smallest of which takes 256 KB. Measuring it exactly takes time. */
const FITS_ANYWHERE = 100 * 1024;

/** ISO 8601 and the scheduler have four digits for a year. */
const YEAR_10000 = Date.UTC(10_000);

/** A consumer, as its service declares it. */
export interface Worker {
  /** `<service>.<function>`, e.g. `inventory.reserve-stock`. */
  readonly consumer: string;
  /** Names of the contracts that it can publish. */
  readonly emits: ReadonlySet<string>;
  /** How long a processed message is remembered, in days. */
  readonly idempotencyDays: number;
  /** Of its spans. @default internal */
  readonly kind?: 'server' | 'consumer';
}

/** The event or request that a unit of work processes. */
export interface Cause {
  /** The id of the event or request. Work with the same cause is committed once. */
  readonly id: string;
  /** The id of the flow that it belongs to. */
  readonly correlationId: string;
  /** W3C Trace Context. @default a new trace */
  readonly traceparent?: string;
}

/** The writes and events that a handler staged. The runtime decides whether to commit them alone or with the rest of the batch. */
export interface Staged {
  readonly writes: readonly Write[];
  readonly events: readonly OutgoingEvent[];
  /** The events, each as `writeEntry` writes it. */
  readonly outbox: readonly string[];
  /** The trace that the events continue. */
  readonly traceparent: string;
  /** Bytes of the writes. */
  readonly size: number;
}

/** The unit of work of one consumer for one cause. It has no side effect: the runtime commits its writes and events. */
export class UnitOfWork implements Work, Staged {
  readonly writes: Write[] = [];
  readonly events: OutgoingEvent[] = [];
  readonly outbox: string[] = [];
  correlationId: string;
  size = 0;
  /** What the inbox keeps of this unit; undefined if it has no write, or no room. */
  private receipt: string | undefined;
  private readonly inboxId: string | undefined;
  private readonly seen = new Map<string, Loaded | undefined>();
  /** Item → the position of its write. */
  private readonly written = new Map<string, number>();
  private outboxSize = 0;
  private trace: string | undefined;

  constructor(
    private readonly worker: Worker,
    private readonly cause: Cause,
    readonly now: Date,
    private readonly store: Pick<Store, 'load'>,
    /** The item that keeps the receipts of this consumer. */
    private readonly inbox?: InboxRef,
  ) {
    this.inboxId = inbox && refId(inbox);
    this.correlationId = cause.correlationId;
  }

  /** The trace of the cause, continued by this unit of work. Most units emit nothing, and need none. */
  get traceparent(): string {
    this.trace ??= continueTrace(this.cause.traceparent);
    return this.trace;
  }

  /** Whether the inbox, which is loaded, has the receipt of the cause. */
  get isDuplicate(): boolean {
    if (this.inboxId === undefined) return false;
    return findReceipt(this.seen.get(this.inboxId)?.receipts, this.cause.id) !== undefined;
  }

  /**
   * Stages what the inbox remembers of this unit: its receipt, and its record while there is room.
   *
   * @returns whether the record has to go into the idempotency table
   * @throws Error when no item of the inbox could remember the work
   */
  stageReceipt(details: RecordDetails): boolean {
    const { inbox, inboxId: id } = this;
    if (inbox === undefined || id === undefined) return true;
    if (!this.written.has(id)) {
      const loaded = this.seen.get(id);
      if (loaded) this.put(inbox, loaded.item);
      else if (this.writes.length + this.events.length > 0)
        throw new Error(`${this.worker.consumer} has effects for ${id}, which does not exist: put it.`);
      // A record would not be found by a copy that arrives when the item exists.
      else if (this.worker.emits.size > 0)
        throw new Error(`${this.worker.consumer} neither finds nor puts ${id}: put it, or do without an inbox.`);
    }
    if (this.receipt === undefined) return true;
    const isEmpty = this.outbox.length === 0 && Object.keys(details).length === 0;
    return !isEmpty && !this.keepRecord(id, this.receipt, details);
  }

  /** Adds the record to the receipt in the inbox's write. @returns whether there is room */
  private keepRecord(inboxId: string, receipt: string, details: RecordDetails): boolean {
    const index = this.written.get(inboxId) ?? -1;
    const write = this.writes[index];
    // An inbox is never adjusted.
    if (write === undefined || write.kind === 'adjust') return false;
    const { correlationId, outbox } = this;
    const { consumer } = this.worker;
    const earlier = (write.receipts ?? []).slice(0, -1);
    const own = outbox.length > 0 ? writeOutbox(this.traceparent, outbox) : undefined;
    const record = { ...details, consumer, correlationId, outbox: own };
    const kept = withRecord(receipt, record, earlier);
    if (kept === undefined || this.size + Buffer.byteLength(kept) > limits.item) return false;
    this.writes[index] = { ...write, receipts: [...earlier, kept], hasRecord: true };
    this.size += Buffer.byteLength(kept) - Buffer.byteLength(receipt);
    return true;
  }

  load<One extends Ref>(ref: One): Promise<ItemOf<One> | undefined>;
  load<One extends Ref>(ref: One, options: { readonly orElse: ItemOf<One> }): Promise<ItemOf<One>>;
  load<One extends Ref>(refs: readonly One[]): Promise<(ItemOf<One> | undefined)[]>;
  async load<One extends Ref>(
    one: One | readonly One[],
    options?: { readonly orElse: ItemOf<One> },
  ): Promise<ItemOf<One> | undefined | (ItemOf<One> | undefined)[]> {
    if (!isRef(one)) {
      await this.read(one);
      return one.map((ref) => this.seen.get(refId(ref))?.item as ItemOf<One> | undefined);
    }
    const id = refId(one);
    if (!this.seen.has(id)) await this.read([one]);
    return (this.seen.get(id)?.item as ItemOf<One> | undefined) ?? options?.orElse;
  }

  /** Loads the items that were not loaded before. */
  private async read(refs: readonly Ref[]): Promise<void> {
    const unseen = refs.filter((ref) => !this.seen.has(refId(ref)));
    if (unseen.length === 0) return;
    unseen.forEach(checkRef);
    const loaded = await this.store.load(unseen);
    for (const [index, ref] of unseen.entries()) this.see(refId(ref), loaded[index]);
  }

  create<One extends Ref>(ref: One, item: ItemOf<One>): void {
    const id = refId(ref);
    // A copy of the message would have ended as a duplicate before.
    if (id === this.inboxId && this.seen.get(id))
      throw new PermanentError(`${this.worker.consumer} creates ${id}, which exists already.`);
    const receipts = this.receiptsAfter(id, ref, undefined);
    this.addWrite(id, { kind: 'create', ref, item: { ...item, ...ref.key }, receipts });
    this.seen.set(id, { item, version: 1 });
  }

  put<One extends Ref>(ref: One, item: ItemOf<One>): void {
    const id = refId(ref);
    if (!this.seen.has(id)) throw new Error(`Load ${id} before you put it, or a concurrent change would be lost.`);
    const before = this.seen.get(id);
    const expected = before?.version ?? 'absent';
    const receipts = this.receiptsAfter(id, ref, before);
    const replaced = before?.attributes;
    this.addWrite(id, { kind: 'put', ref, item: { ...item, ...ref.key }, expected, replaced, receipts });
    // No further write of this item needs the version.
    this.seen.set(id, { item, version: 1 });
  }

  adjust<One extends Ref>(ref: One, attribute: string, by: number, { floor }: { readonly floor?: number } = {}): void {
    const id = refId(ref);
    if (!Number.isSafeInteger(by) || !Number.isSafeInteger((floor ?? 0) - by)) {
      throw new PermanentError(`${id}: ${attribute} can only be adjusted by a safe integer, to a floor that is one.`);
    }
    if (id === this.inboxId) throw new Error(`${id} is an inbox, which keeps receipts: put it.`);
    const write = { kind: 'adjust', ref, attribute, by, floor } as const;
    this.addWrite(id, write);
    if (this.seen.has(id)) this.seen.set(id, adjusted(this.seen.get(id), write));
  }

  emit<One extends EventContract>(contract: One, data: DataOf<One>, again?: Metadata): Metadata {
    // The earlier event can have an older version of the contract. The data has the current version.
    const metadata = again ? { ...again, version: contract.version } : this.newMetadata(contract);
    return this.send(contract, data, metadata, routeOf(contract), again !== undefined);
  }

  remind<One extends EventContract>(contract: One, data: DataOf<One>, due: Date): Metadata {
    const { channel } = contract;
    if (channel !== 'reminder') throw new Error(`${contract.name} is not a reminder: publish it with emit().`);
    if (!(due.getTime() < YEAR_10000)) {
      throw new PermanentError(`${this.worker.consumer} cannot schedule ${contract.name}: its due time is invalid.`);
    }
    return this.send(contract, data, this.newMetadata(contract), { channel, due: due.toISOString() });
  }

  continueFlow(correlationId: string): void {
    if (this.events.length > 0) throw new Error('Continue the flow before the first event: it has the other id.');
    this.correlationId = correlationId;
  }

  newId(what: string): string {
    return deterministicId(this.worker.consumer, this.cause.id, what);
  }

  /** Keeps what was loaded, with an adjustment that was staged before. No other write can be, because those keep the item. */
  private see(id: string, loaded: Loaded | undefined): void {
    const position = this.written.get(id);
    const staged = position === undefined ? undefined : this.writes[position];
    this.seen.set(id, staged?.kind === 'adjust' ? adjusted(loaded, staged) : loaded);
  }

  /** The receipts of an item after this write: those before, and in the inbox one more. Items from before keep none. */
  private receiptsAfter(id: string, ref: Ref, before: Loaded | undefined): readonly string[] | undefined {
    if (!ref.keepsReceipts) return undefined;
    const kept = before ? before.receipts : [];
    if (id !== this.inboxId || kept === undefined || kept.length >= MOST_RECEIPTS) return kept;
    this.receipt = makeReceipt(this.cause.id, this.now.getTime(), this.inbox?.consumer);
    return [...kept, this.receipt];
  }

  private newMetadata({ version }: EventContract): Metadata {
    const id = eventId(this.worker.consumer, this.cause.id, this.events.length);
    return {
      id,
      version,
      correlationId: this.correlationId,
      causationId: this.cause.id,
      occurredAt: this.now.toISOString(),
      traceparent: traceEvent(this.traceparent, id),
    };
  }

  private send(contract: EventContract, data: unknown, metadata: Metadata, route: Route, again = false): Metadata {
    const { name, owner: source, schema, fairBy } = contract;
    if (!this.worker.emits.has(name)) {
      throw new Error(
        `${this.worker.consumer} emits ${name}, which it does not declare: add it to "emits" in its service.ts.`,
      );
    }
    const parsed = validate(schema, data);
    const problem = parsed.problem ?? (again ? metadataProblem(metadata) : idsProblem(metadata));
    if (problem) throw new PermanentError(`${this.worker.consumer} cannot emit ${name}: ${problem}.`, 'rejected');
    const group = groupOf(contract, parsed.data);
    if (group !== undefined && !isMessageGroup(group)) {
      const rule = 'the field of fairBy has 1 to 100 letters, digits and ASCII punctuation characters';
      throw new PermanentError(
        `${this.worker.consumer} cannot emit ${name}: ${fairBy} is invalid, because ${rule}.`,
        'rejected',
      );
    }
    const event = { source, name, detail: { metadata, data: parsed.data }, ...route, ...(group && { group }) };
    const json = writeEntry(event, again);
    this.events.push(event);
    this.outbox.push(json);
    // With the comma or bracket beside it.
    const bytes = Buffer.byteLength(json) + 1;
    const tooLarge = bytes > FITS_ANYWHERE ? sizeProblem(event, this.now) : undefined;
    if (tooLarge) this.refuse(tooLarge);
    this.outboxSize += bytes;
    if (this.outboxSize >= limits.item - RECORD_BYTES) this.refuse('the outbox exceeds one item (400 KB)');
    return metadata;
  }

  private addWrite(id: string, write: Write): void {
    if (this.written.has(id)) throw new Error(`${id} is written twice in one unit of work: stage one write for it.`);
    this.written.set(id, this.writes.push(write) - 1);
    this.size += checkWrite(write);
    if (this.size > limits.transaction - limits.item) this.refuse('the writes exceed one transaction (4 MB)');
    if (this.writes.length >= limits.writes) this.refuse(`more than ${limits.writes - 1} writes`);
  }

  private refuse(what: string): never {
    throw new PermanentError(`${this.worker.consumer}: ${what}. Split the work into several events.`, 'too-large');
  }
}

function adjusted(before: Loaded | undefined, { ref, attribute, by }: Extract<Write, { kind: 'adjust' }>): Loaded {
  const { item, version } = before ?? { item: ref.key, version: 0 };
  const number = Number((item as Record<string, unknown>)[attribute] ?? 0);
  return { ...before, version, item: { ...item, [attribute]: number + by } };
}

function isRef<One extends Ref>(one: One | readonly One[]): one is One {
  return 'table' in one;
}

type Route = Pick<OutgoingEvent, 'channel' | 'due'>;

function routeOf({ name, channel }: EventContract): Route {
  if (channel === 'reminder') throw new Error(`${name} is a reminder: say when it is due, with remind().`);
  return channel === 'topic' ? { channel } : {};
}
