import type { OutgoingEvent } from '../../lambdas/runtime/events/envelope';
import { type EntryResult, type Publisher, publish } from '../../lambdas/runtime/publish/publish';
import type { Log } from '../../lambdas/runtime/runtime';
import type { ProcessedRecord } from '../../lambdas/runtime/work/commit';
import type { Conditions } from './conditions';
import { Invocation } from './invocation';

const RELAY_SECONDS = 60;
const BATCH = 100;

/** The relay, and its dependencies. */
export interface RelayOptions {
  send(events: readonly OutgoingEvent[], relay: Invocation): Promise<readonly EntryResult[]>;
  readonly log: Log;
  /** Sabotage: a batch is not retried after its relay crashed or failed. */
  readonly isForgetful: boolean;
}

/** Simulates a table's stream and its relay: batches in order, one at a time, each retried until it succeeds. */
export class SimulatedStream {
  private readonly records: ProcessedRecord[] = [];
  private busy = false;

  constructor(
    private readonly conditions: Conditions,
    private readonly service: string,
    private readonly options: RelayOptions,
  ) {}

  append(record: ProcessedRecord): void {
    this.records.push(record);
    this.wake(this.conditions.chance.number(`${this.service} stream`) * 500);
  }

  private wake(milliseconds: number): void {
    if (this.busy) return;
    this.busy = true;
    this.conditions.time.after(milliseconds, () => this.read());
  }

  private read(): void {
    const { conditions, options } = this;
    const name = `${this.service}.relay`;
    const batch = this.records.slice(0, BATCH);
    const next = () => {
      this.busy = false;
      if (this.records.length > 0) this.wake(1_000);
    };
    const failed = () => (options.isForgetful ? done() : next());
    const relay = new Invocation(conditions, name, failed, RELAY_SECONDS);
    const publisher: Publisher = {
      send: (events) => options.send(events, relay),
      setAside: async () => {
        throw new Error('The bus refused an event that was accepted by emit().');
      },
      setAsideUnreadable: async () => {
        throw new Error('An outbox could not be parsed.');
      },
      sleep: (milliseconds) => relay.sleep(milliseconds),
      random: () => conditions.chance.number(`${name} random`),
      log: options.log,
    };
    const done = () => {
      this.records.splice(0, batch.length);
      next();
    };
    relay.run(() => publish(batch, publisher), done, failed);
  }
}
