import * as z from 'zod/mini';
import { defineEvent } from '../../../contracts/core/contract';
import { defineReconciliationContracts } from '../../../contracts/core/reconciliation';
import { Identifier } from '../../../contracts/core/text';
import { defineService } from '../../../lambdas/runtime/declare/service';
import type { OutgoingEvent } from '../../../lambdas/runtime/events/envelope';
import { type Book, hexadecimalRanges, type KeyRange, type Sides } from '../../../lambdas/runtime/reconciliation/book';
import type { BusinessDay } from '../../../lambdas/runtime/reconciliation/business-day';
import { reconcile } from '../../../lambdas/runtime/reconciliation/reconcile';
import {
  type Difference,
  type Discrepancy,
  defineReconciliation,
  type ReconciliationRun,
  reconciliationTables,
  type Step,
} from '../../../lambdas/runtime/reconciliation/reconciliation';
import { startReconciliation } from '../../../lambdas/runtime/reconciliation/start-reconciliation';
import { eventOf, HandlerWorld } from '../../support/handler-world';

export interface Entry {
  readonly key: string;
  readonly amount: number;
  /** ISO 8601, UTC. */
  readonly at: string;
}

export const TIME_ZONE = 'Europe/Berlin';
export const contracts = defineReconciliationContracts('ledger');
export const RepairRequested = defineEvent({
  name: 'RepairRequested',
  owner: 'ledger',
  version: 1,
  schema: z.object({ key: Identifier }),
});
const service = defineService('ledger');
export const tables = reconciliationTables(service);
const { DiscrepancyFound, ReconciliationCompleted, ReconciliationDue } = contracts;
const subscription = service.subscription('reconcile', {
  to: [ReconciliationDue],
  emits: [DiscrepancyFound, ReconciliationCompleted, ReconciliationDue, RepairRequested],
  uses: [tables.runs, tables.shards, tables.discrepancies],
});
const schedule = service.schedule('start-daily', { emits: [ReconciliationDue] });

/** Two books in memory and everything that compares them. */
export class Ledger {
  readonly ours: Entry[] = [];
  readonly theirs: Entry[] = [];
  readonly world = new HandlerWorld();
  private compare = ({ ours, theirs }: Sides<{ ours: Entry; theirs: Entry }>): Difference[] => {
    if (ours.length === 0) return [{ kind: 'missing', detail: 'Only their book has it.' }];
    if (theirs.length === 0) return [{ kind: 'surplus', detail: 'Only our book has it.' }];
    if (theirs.length > 1) return [{ kind: 'doubled', detail: 'Their book has it twice.' }];
    return ours[0]?.amount === theirs[0]?.amount ? [] : [{ kind: 'amount', detail: 'The amounts differ.' }];
  };
  /** Called before a key is looked for, and may fail. */
  beforeFind: (key: string) => void = () => {};
  /** The most entries that a page had. */
  largestPage = 0;
  private readonly delivered = new Set<string>();

  readonly reconciliation = defineReconciliation<{ ours: Entry; theirs: Entry }, typeof RepairRequested>({
    timeZone: TIME_ZONE,
    graceHours: 6,
    shards: hexadecimalRanges,
    pageSize: 20,
    books: { ours: this.book(this.ours), theirs: this.book(this.theirs) },
    key: ({ key }) => key,
    time: ({ at }) => iso(at),
    compare: (sides) => this.compare(sides),
    repair: { missing: { name: 'ask', request: ({ key }, emit) => emit(RepairRequested, { key }) } },
  });

  readonly handler = reconcile(subscription, { reconciliation: this.reconciliation, contracts, tables });
  readonly starter = startReconciliation(schedule, this.reconciliation, contracts);

  constructor(now: string) {
    this.world.now = new Date(now);
  }

  /** Delivers a step, and every step that follows. @param most steps, at most */
  async take(step: Step, id: string, most = Number.POSITIVE_INFINITY): Promise<void> {
    const { detail, ...event } = eventOf(ReconciliationDue, step, id);
    const metadata = { ...detail.metadata, occurredAt: this.world.now.toISOString() };
    await this.world.deliver(this.handler, { ...event, detail: { ...detail, metadata } });
    await this.drain(most);
  }

  /** Delivers a message of an operator, and every step that follows. A parked message is an outcome too. */
  async receive(body: string, most = Number.POSITIVE_INFINITY): Promise<void> {
    const event = JSON.parse(body) as { detail: { metadata: object } };
    // Operators have the real time, and the ledger has its own.
    const metadata = { ...event.detail.metadata, occurredAt: this.world.now.toISOString() };
    const message = JSON.stringify({ ...event, detail: { ...event.detail, metadata } });
    await this.world.receive(this.handler, message, { expect: ['processed', 'parked'] });
    await this.drain(most);
  }

  async drain(most = Number.POSITIVE_INFINITY): Promise<void> {
    for (let taken = 0; ; ) {
      const due = this.published('ReconciliationDue').filter(({ detail }) => !this.delivered.has(detail.metadata.id));
      if (due.length === 0) return;
      for (const event of due) {
        if (taken++ >= most) return;
        await this.world.deliver(this.handler, event);
        this.delivered.add(event.detail.metadata.id);
      }
    }
  }

  /** Delivers every step again that was ever published. */
  async deliverAgain(): Promise<void> {
    for (const event of this.published('ReconciliationDue')) {
      await this.world.deliver(this.handler, event).catch((error: Error) => {
        if (!error.message.includes('duplicate')) throw error;
      });
    }
  }

  /** Has every key with an entry differ in this way. */
  compareWith(compare: () => Difference[]): void {
    this.compare = compare;
  }

  /** Loses all steps that are not delivered yet. */
  loseSteps(): void {
    for (const { detail } of this.published('ReconciliationDue')) this.delivered.add(detail.metadata.id);
  }

  published(name: string): OutgoingEvent[] {
    return this.world.published().filter((event) => event.name === name);
  }

  discrepancies(): Discrepancy[] {
    return this.world.store.items(tables.discrepancies.name);
  }

  runs(): ReconciliationRun[] {
    return this.world.store.items(tables.runs.name);
  }

  private book(all: Entry[]): Book<Entry> {
    const shards = new Map<string, Entry[]>();
    /** The entries of a day and a shard, which are sorted once, until there are more. */
    const shardOf = ({ day, from = '', to }: KeyRange & { readonly day: BusinessDay }): Entry[] => {
      const name = `${day.date} ${from} ${all.length}`;
      const [start, end] = [day.from.toISOString(), day.to.toISOString()];
      const known = shards.get(name);
      if (known) return known;
      const entries = all
        .filter(({ key, at }) => key >= from && (to === undefined || key < to) && iso(at) >= start && iso(at) < end)
        .sort((one, other) => (one.key < other.key ? -1 : Number(one.key > other.key)));
      shards.set(name, entries);
      return entries;
    };
    return {
      page: async ({ after, limit, ...shard }) => {
        const rest = shardOf(shard).filter(({ key }) => after === undefined || key > after);
        const entries = rest.slice(0, limit);
        this.largestPage = Math.max(this.largestPage, entries.length);
        return { entries, end: rest.length <= limit };
      },
      find: async (key) => {
        this.beforeFind(key);
        return all.filter((entry) => entry.key === key);
      },
    };
  }
}

function iso(at: string): string {
  return new Date(at).toISOString();
}
