import { PermanentError } from '../errors';
import { limits } from '../store/limits';
import { refId, type Store, TransactionCancelled, type Write, type WriteOutcome } from '../store/store';
import {
  type Commit,
  type CommitOutcome,
  commitAlone,
  outcomeAlone,
  outcomeOf,
  type Transaction,
  toTransaction,
} from './commit';

/** A unit of work that waits for its outcome. */
interface Member {
  readonly transaction: Transaction;
  /** Of the items that its writes are for, in their order. */
  readonly ids: readonly string[];
  readonly end: (outcome: CommitOutcome | Promise<CommitOutcome>) => void;
}

/**
 * Commits the units of work that are ready at the same moment, those of one batch, in one transaction. Units with a single write need
 * none, which costs twice as much: the store writes them together, each for itself.
 *
 * Each unit has its own outcome. When the transaction is cancelled, duplicate, stale and refused units are settled without it, and
 * the others are committed again. Units that add to the same attribute share one write: the floor holds for their sum, and if
 * the sum is refused, they are committed one by one. A unit that writes an item of an earlier unit in any other way is decided
 * again after that unit's commit.
 *
 * @param soon runs an action after all code that is ready to run
 */
export function groupCommit(store: Store, soon: (action: () => void) => void): Commit {
  let waiting: Member[] = [];
  const commitAll = () => {
    const members = waiting;
    waiting = [];
    commitInGroups(members, store);
  };
  return async (unit) => {
    const transaction = toTransaction(unit);
    const ids = transaction.writes.map(({ ref }) => refId(ref));
    return new Promise((end) => {
      if (waiting.push({ transaction, ids, end }) === 1) soon(commitAll);
    });
  };
}

function commitInGroups(members: readonly Member[], store: Store): void {
  const groups: Group[] = [];
  const late: { readonly member: Member; readonly sharing: readonly Group[] }[] = [];
  for (const member of members) {
    const sharing = groups.filter((group) => group.shares(member));
    const open = sharing.length > 0 ? sharing : groups;
    if (sharing.length < 2 && open.some((group) => group.take(member))) continue;
    if (sharing.length > 0) late.push({ member, sharing });
    else groups.push(new Group([member]));
  }
  const commits = new Map(groups.map((group) => [group, commitTogether(group, store)]));
  for (const { member, sharing } of late) {
    member.end(Promise.all(sharing.map((group) => commits.get(group))).then(() => 'again'));
  }
}

/** Units that one call can commit: at most one write for each item. Units with a single write are apart from the others. */
class Group {
  readonly members: Member[] = [];
  private readonly writes = new Map<string, Write>();
  /** The items whose write is a sum. */
  private readonly shared = new Set<string>();
  private bytes = 0;

  /** @param members units that were in one group before, or one unit */
  constructor(members: readonly Member[]) {
    for (const member of members) this.take(member);
  }

  /** Whether a unit writes an item of this group. */
  shares({ ids }: Member): boolean {
    return ids.some((id) => this.writes.has(id));
  }

  /** Adds a unit if it fits. */
  take(member: Member): boolean {
    const { writes, bytes } = member.transaction;
    const [first] = this.members;
    if (first && isSingleWrite(first) !== isSingleWrite(member)) return false;
    const added = new Map<string, Write>();
    let count = this.writes.size;
    for (const [index, write] of writes.entries()) {
      const id = member.ids[index] as string;
      const earlier = this.writes.get(id);
      const sum = earlier ? add(earlier, write) : write;
      if (!sum) return false;
      if (!earlier) count++;
      added.set(id, sum);
    }
    if (this.members.length > 0 && (count > limits.writes || this.bytes + bytes > limits.transaction)) return false;
    for (const [id, write] of added) {
      if (this.writes.has(id)) this.shared.add(id);
      this.writes.set(id, write);
    }
    this.bytes += bytes;
    this.members.push(member);
    return true;
  }

  get isOfSingleWrites(): boolean {
    return this.members.every(isSingleWrite);
  }

  transact(store: Store): Promise<void> {
    return store.transact([...this.writes.values()]);
  }

  /** The outcomes of a unit's writes in a cancelled transaction. Undefined if they are those of a sum, so the unit's are unknown. */
  outcomesOf({ ids: own }: Member, { outcomes }: TransactionCancelled): readonly WriteOutcome[] | undefined {
    const ids = [...this.writes.keys()];
    const known = own.map((id) => outcomes[ids.indexOf(id)] ?? 'ok');
    const isUnknown = own.some((id, index) => this.shared.has(id) && isRefused(known[index]));
    return isUnknown ? undefined : known;
  }
}

function isRefused(outcome: WriteOutcome | undefined): boolean {
  return outcome === 'failed' || outcome === 'missing';
}

function isSingleWrite({ transaction: { writes } }: Member): boolean {
  // The store adjusts numbers in transactions.
  return writes.length === 1 && writes[0]?.kind !== 'adjust';
}

async function commitTogether(group: Group, store: Store): Promise<void> {
  const { members } = group;
  if (members.length === 1) return commitOneByOne(members, store);
  if (group.isOfSingleWrites) return commitEach(members, store);
  try {
    await group.transact(store);
    for (const { end } of members) end('committed');
  } catch (error) {
    // The store does not say which of the units it can never accept.
    if (error instanceof PermanentError) return commitOneByOne(members, store);
    const fine: Member[] = [];
    const unsure: Member[] = [];
    for (const member of members) {
      const outcomes = error instanceof TransactionCancelled ? group.outcomesOf(member, error) : [];
      if (!outcomes) unsure.push(member);
      else if (outcomes.length > 0 && outcomes.every((outcome) => outcome === 'ok')) fine.push(member);
      else member.end(outcomeOf(member.transaction, outcomes, error));
    }
    if (fine.length === members.length) return commitOneByOne(members, store);
    if (fine.length > 0) await commitTogether(new Group(fine), store);
    await commitOneByOne(unsure, store);
  }
}

async function commitEach(members: readonly Member[], store: Store): Promise<void> {
  const errors = await store.writeEach(members.flatMap(({ transaction }) => transaction.writes));
  for (const [index, { transaction, end }] of members.entries()) {
    const error = errors[index];
    end(error ? outcomeAlone(transaction, error) : 'committed');
  }
}

async function commitOneByOne(members: readonly Member[], store: Store): Promise<void> {
  for (const { transaction, end } of members) {
    const committed = commitAlone(store, transaction);
    end(committed);
    await committed.catch(() => {});
  }
}

/** Adds up two writes of one item. Undefined if one write cannot do the work of both. */
function add(one: Write, other: Write): Write | undefined {
  if (one.kind !== 'adjust' || other.kind !== 'adjust' || one.attribute !== other.attribute) return undefined;
  // The sum with an increment can reach a floor that the number was below before.
  if ([one, other].some(({ by, floor }) => floor !== undefined && by > 0)) return undefined;
  const by = one.by + other.by;
  const floors = [one, other].flatMap(({ floor }) => floor ?? []);
  const floor = floors.length > 0 ? Math.max(...floors) : undefined;
  return Number.isSafeInteger(by) && Number.isSafeInteger((floor ?? 0) - by) ? { ...one, by, floor } : undefined;
}
