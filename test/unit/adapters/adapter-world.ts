import type { SQSRecord } from 'aws-lambda';
import type { Consumer } from '../../../lambdas/runtime/consume/consume';
import type { OutgoingEvent } from '../../../lambdas/runtime/events/envelope';
import { type OutboxRecord, readOutbox } from '../../../lambdas/runtime/events/outbox';
import type { ConsumerRuntime, Queue } from '../../../lambdas/runtime/runtime';
import type { Store } from '../../../lambdas/runtime/store/store';
import { MemoryStore } from '../../support/memory-store';

export interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

/** One function instance. It has its own memory and shares the store. */
export interface Instance extends ConsumerRuntime {
  readonly store: Store;
}

/** Runs a subscription in many function instances with one store. Its clock moves only by {@link AdapterWorld.wait}. */
export class AdapterWorld {
  readonly store = new MemoryStore();
  readonly parked: { message: SQSRecord; attributes: Readonly<Record<string, string>> }[] = [];
  readonly deferred: { message: SQSRecord; seconds: number; attributes: Readonly<Record<string, string>> }[] = [];
  readonly lines: Line[] = [];
  readonly counts = new Map<string, number>();
  flushes = 0;
  now = Date.parse('2026-01-01T00:00:00.000Z');
  random = 0.5;
  reads = 0;
  writes = 0;

  /**
   * Starts a function instance.
   *
   * @param store replaces methods of the shared store for this instance
   * @param queue replaces methods of the queue for this instance
   */
  instance(store: Partial<Store> = {}, queue: Partial<Queue> = {}): Instance {
    const write = (level: string) => (message: string, fields: object) => {
      this.lines.push({ level, message, fields: { ...fields } });
    };
    return {
      settings: { idempotencyDays: 30, attempts: 4, backoff: { base: 2, cap: 60 } },
      store: {
        load: (refs) => {
          this.reads++;
          return this.store.load(refs);
        },
        query: (query) => this.store.query(query),
        transact: (writes) => {
          this.writes++;
          return this.store.transact(writes);
        },
        writeEach: (writes) => {
          this.writes += writes.length;
          return this.store.writeEach(writes);
        },
        ...store,
      },
      queue: {
        park: async (message, attributes) => {
          this.parked.push({ message, attributes });
        },
        defer: async (message, seconds, attributes) => {
          this.deferred.push({ message, seconds, attributes });
        },
        delay: async () => {},
        ...queue,
      },
      log: { info: write('info'), warn: write('warn'), error: write('error') },
      metrics: {
        count: (name, value, dimensions) => {
          const key = `${name} of ${Object.values(dimensions).join(', ')}`;
          this.counts.set(key, (this.counts.get(key) ?? 0) + value);
        },
        flush: () => {
          this.flushes++;
        },
      },
      now: () => new Date(this.now),
      random: () => this.random,
      sleep: async () => {},
    };
  }

  /** Runs a batch. @returns the ids of the messages to retry */
  async run(
    handler: Consumer,
    messages: readonly SQSRecord[],
    instance: ConsumerRuntime = this.instance(),
    attempts = instance.settings.attempts,
  ): Promise<string[]> {
    const runtime = { ...instance, settings: { ...instance.settings, attempts } };
    const { batchItemFailures } = await handler.run({ Records: [...messages] }, runtime);
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  }

  wait(seconds: number): void {
    this.now += seconds * 1_000;
  }

  published(): OutgoingEvent[] {
    return this.store.items<OutboxRecord>('records').flatMap((record) => readOutbox(record).events);
  }

  /** The outcome of each message, from its log line. */
  outcomes(): string[] {
    return this.lines.filter(({ fields }) => 'milliseconds' in fields).map(({ message }) => message);
  }
}
