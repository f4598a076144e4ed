import type { Item, Loaded, Query, Ref, Store, Write, WriteOutcome } from '../../lambdas/runtime/store/store';
import { refId, TransactionCancelled } from '../../lambdas/runtime/store/store';
import type { ProcessedRecord } from '../../lambdas/runtime/work/commit';
import { MemoryStore } from '../support/memory-store';
import type { Conditions } from './conditions';
import type { FaultKind } from './faults';
import { type Invocation, Unreachable } from './invocation';
import type { SimulatedStream } from './stream';

interface State {
  readonly store: MemoryStore;
  readonly stream: SimulatedStream;
  /** The last results of index queries. */
  readonly answers: Map<string, readonly Item[]>;
}

/** Simulates the tables of all services, with a stream on each idempotency table. */
export class SimulatedServices {
  private readonly states = new Map<string, State>();

  constructor(
    private readonly conditions: Conditions,
    private readonly makeStream: (service: string) => SimulatedStream,
  ) {}

  /** Returns the service's store for one invocation. Every call takes time and can fail. */
  store(service: string, invocation: Invocation): Store {
    const { store } = this.state(service);
    return {
      load: (refs) =>
        invocation.step<readonly (Loaded | undefined)[]>(loadName(refs), () => {
          this.refuseInOutage(service);
          return store.load(refs);
        }),
      query: (query) =>
        invocation.step(`query ${query.partition.value}`, () => {
          this.refuseInOutage(service);
          return this.readIndex(service, query);
        }),
      transact: (writes) =>
        invocation.step(
          `write ${refId((writes[0] as Write).ref)}`,
          async () => {
            this.refuseInOutage(service);
            await store.transact(writes);
            this.publish(service, writes);
          },
          ['throttled', 'conflict'],
          (kind) => refusal(kind, writes.length),
        ),
    };
  }

  /** Adds new records with an outbox to the table's stream. */
  publish(service: string, writes: readonly Write[]): void {
    for (const record of outboxes(writes)) this.state(service).stream.append(record);
  }

  items<T>(service: string, table: string): T[] {
    return this.state(service).store.items(table) as T[];
  }

  /** Writes the items that exist after the deployment. */
  seed(service: string, writes: readonly Write[]): Promise<void> {
    return this.state(service).store.transact(writes);
  }

  /** Returns the result of an earlier query sometimes, because indexes are eventually consistent. */
  private async readIndex(service: string, query: Query): Promise<readonly Item[]> {
    const { store, answers } = this.state(service);
    const name = `${query.index} ${query.partition.value}`;
    const fresh = await store.query(query);
    const stale = answers.get(name) ?? [];
    answers.set(name, fresh);
    const isBehind = JSON.stringify(stale) !== JSON.stringify(fresh);
    return isBehind && this.conditions.faults.at(`${service} ${name}`, ['stale index']) ? stale : fresh;
  }

  private refuseInOutage(service: string): void {
    const { faults, time } = this.conditions;
    if (faults.isDown(service, time.now)) throw new Unreachable(`${service} is down`);
  }

  private state(service: string): State {
    const known = this.states.get(service);
    if (known) return known;
    const state = { store: new MemoryStore(), stream: this.makeStream(service), answers: new Map() };
    this.states.set(service, state);
    return state;
  }
}

function loadName(refs: readonly Ref[]): string {
  return `read ${refs.map(refId).join(' ')}`;
}

function outboxes(writes: readonly Write[]): ProcessedRecord[] {
  return writes.flatMap((write) => {
    if (write.kind === 'adjust' || write.ref.table !== 'records') return [];
    const record = write.item as ProcessedRecord;
    return record.outbox ? [record] : [];
  });
}

/** Returns DynamoDB's error for a transaction that it does not accept now. A conflict is on one item, throttling on the table. */
function refusal(kind: FaultKind, writes: number): TransactionCancelled | undefined {
  const all = (outcome: WriteOutcome) => Array<WriteOutcome>(writes).fill(outcome);
  if (kind === 'throttled') return new TransactionCancelled(all('throttled'));
  if (kind === 'conflict') return new TransactionCancelled(all('ok').with(writes - 1, 'conflict'));
  return undefined;
}
