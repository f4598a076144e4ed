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
  /** What indexes answered last. */
  readonly answers: Map<string, readonly Item[]>;
}

/** Each service's own tables, with a stream on its idempotency table. */
export class SimulatedServices {
  private readonly states = new Map<string, State>();

  constructor(
    private readonly conditions: Conditions,
    private readonly makeStream: (service: string) => SimulatedStream,
  ) {}

  /** The service's store as one invocation sees it: every call takes time and may fail. */
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

  /** Shows new records with an outbox in the table's stream. */
  publish(service: string, writes: readonly Write[]): void {
    for (const record of outboxes(writes)) this.state(service).stream.append(record);
  }

  items<T>(service: string, table: string): T[] {
    return this.state(service).store.items(table) as T[];
  }

  /** Puts items where they are when the system is deployed. */
  seed(service: string, writes: readonly Write[]): Promise<void> {
    return this.state(service).store.transact(writes);
  }

  /** As an index may answer: with what it held when it was asked the same before. */
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

/** DynamoDB's answer to a transaction that it does not take now. A conflict is on one item, throttling on the table. */
function refusal(kind: FaultKind, writes: number): TransactionCancelled | undefined {
  const all = (outcome: WriteOutcome) => Array<WriteOutcome>(writes).fill(outcome);
  if (kind === 'throttled') return new TransactionCancelled(all('throttled'));
  if (kind === 'conflict') return new TransactionCancelled(all('ok').with(writes - 1, 'conflict'));
  return undefined;
}
