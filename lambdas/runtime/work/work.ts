import type { DataOf, EventContract } from '../../../contracts/core/contract';
import type { FunctionDeclaration } from '../declare/declaration';
import type { RefTo, Table } from '../declare/table';
import type { Metadata } from '../events/envelope';
import type { Item, Ref } from '../store/store';

/**
 * A handler's unit of work: it loads, decides, and stages writes and events. Nothing is written or published before the handler
 * returns. Then one DynamoDB transaction commits all of it, or none.
 *
 * Only what the function's declaration names compiles: `emit` and `remind` accept the contracts of `emits`, all other methods accept
 * the tables of `uses`.
 *
 * Keys, items and events that DynamoDB or a channel can never accept fail at the call that passes them, before any effect. The
 * `PermanentError` has the reason `rejected` (text that no channel can carry, an empty or too long key, a number that cannot be
 * stored) or `too-large`.
 *
 * @example
 * export const handler = consume(reserveStock, async ({ orderId, lines }, work) => {
 *   for (const { sku, quantity } of lines) work.adjust(stock(sku), 'available', -quantity, { floor: 0 });
 *   work.emit(StockReserved, { orderId });
 * });
 */
export interface Work<Emits extends EventContract = EventContract, Uses extends Table = Table> {
  /** The time of this unit of work. Every read returns the same value. */
  readonly now: Date;

  /** The id of the flow, which the emitted events have. */
  readonly correlationId: string;

  /** Loads one item or several, staged writes included. Reads are strongly consistent. */
  readonly load: Load<RefTo<Uses>>;

  /** Creates an item, without loading it first. If the item exists, the commit fails with a `PermanentError`. */
  readonly create: <One extends RefTo<Uses>>(ref: One, item: ItemOf<One>) => void;

  /**
   * Replaces an item, or creates it. Load it first: if it changes before the commit, the runtime runs the handler again.
   *
   * @throws Error when the item was not loaded, or another write of it is staged
   */
  readonly put: <One extends RefTo<Uses>>(ref: One, item: ItemOf<One>) => void;

  /**
   * Adds to a numeric attribute without loading the item, so that concurrent units of work don't conflict. Creates the item if
   * it does not exist.
   *
   * With a `floor`, the item must exist, and if the result would be less than the floor, the runtime runs the handler again.
   *
   * @throws PermanentError `rejected` when `by` or the floor is no safe integer
   * @throws Error when another write of the item is staged
   */
  readonly adjust: <One extends RefTo<Uses>>(
    ref: One,
    attribute: NumericAttribute<ItemOf<One>>,
    by: number,
    options?: { readonly floor?: number },
  ) => void;

  /**
   * Publishes an event after the commit, over its contract's channel. Pass the metadata of an earlier event as `again` to publish
   * that event once more: its consumers deduplicate it by its id.
   *
   * @returns the event's metadata
   * @throws PermanentError `rejected` when the data breaks the contract; `too-large` when the event exceeds the limit of its channel,
   *   or the outbox that of an item
   */
  readonly emit: <One extends Publishable<Emits>>(contract: One, data: DataOf<One>, again?: Metadata) => Metadata;

  /**
   * Schedules a reminder. Its event reaches this service at `due` or later, at least once. A due time in the past means now.
   *
   * @returns the event's metadata
   * @throws PermanentError as `emit` does, and `rejected` when `due` is no valid time
   */
  readonly remind: <One extends ReminderOf<Emits>>(contract: One, data: DataOf<One>, due: Date) => Metadata;

  /**
   * Makes this unit of work a part of an earlier flow, for example a webhook a part of the flow that caused it. Take the id from stored
   * data, not from the request.
   *
   * @throws Error when an event is staged already
   */
  readonly continueFlow: (correlationId: string) => void;

  /** Derives an id from the cause, so that it is the same in every re-run. `what` distinguishes several ids of one unit of work. */
  readonly newId: (what: string) => string;
}

/** The unit of work of a declared function: `WorkOf<typeof reserveStock>`. */
export type WorkOf<Declared extends FunctionDeclaration> =
  Declared extends FunctionDeclaration<infer Emits, infer Uses> ? Work<Emits, Uses> : never;

/** The overloads of `Work.load`. */
export interface Load<Refs extends Ref> {
  /** Loads one item. Undefined if it does not exist. */
  <One extends Refs>(ref: One): Promise<ItemOf<One> | undefined>;
  /** Loads one item. Returns `orElse` if it does not exist: `put` then creates it. */
  <One extends Refs>(ref: One, options: { readonly orElse: ItemOf<One> }): Promise<ItemOf<One>>;
  /** Loads several items with one read, in the order of their references. Undefined where an item does not exist. */
  <One extends Refs>(refs: readonly One[]): Promise<(ItemOf<One> | undefined)[]>;
}

/** The type of the item behind a reference. */
export type ItemOf<One extends Ref> = One extends Ref<infer T> ? T : Item;

/** The names of an item's numeric attributes. */
export type NumericAttribute<T> = {
  [Key in keyof T & string]-?: NonNullable<T[Key]> extends number ? Key : never;
}[keyof T & string];

/** The contracts of a union that are published at once. */
export type Publishable<One extends EventContract> = One extends EventContract
  ? One['channel'] extends 'reminder'
    ? never
    : One
  : never;

/** The contracts of a union that are reminders. */
export type ReminderOf<One extends EventContract> = One extends EventContract
  ? One['channel'] extends 'reminder'
    ? One
    : never
  : never;
