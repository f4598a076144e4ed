import type { SQSRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { defineEvent } from '../../contracts/core/contract';
import { consume } from '../../lambdas/runtime/consume/consume';
import { defineService } from '../../lambdas/runtime/declare/service';
import type { Adapter, Handler } from '../../lambdas/runtime/delivery';
import type { OutgoingEvent } from '../../lambdas/runtime/events/envelope';
import { type OutboxRecord, readOutbox } from '../../lambdas/runtime/events/outbox';
import type { ConsumerRuntime, Queue } from '../../lambdas/runtime/runtime';
import { type Write, writeOneByOne } from '../../lambdas/runtime/store/store';
import type { WorkOf } from '../../lambdas/runtime/work/work';
import { eventOf } from './handler-world';
import { MemoryStore } from './memory-store';

/** Contracts and a table for tests of the runtime's rules. */
export const Asked = defineEvent({ name: 'Asked', owner: 'asker', version: 2, schema: z.object({ id: z.string() }) });
export const Answered = defineEvent({
  name: 'Answered',
  owner: 'answerer',
  version: 1,
  schema: z.object({ id: z.string() }),
});
const answerer = defineService('answerer');
export const counter = answerer.table('counters', { key: 'id' }).of<{ id: string; count: number }>();
/** A subscription to {@link Asked}. */
export const answer = answerer.subscription('answer', {
  to: [Asked],
  emits: [Answered],
  uses: [counter],
  dependencies: ['bank'],
});
export type AnswerWork = WorkOf<typeof answer>;

export const ATTEMPTS = 4;
export const BACKOFF = { base: 2, cap: 60 };

/** Runs a subscription to {@link Asked}, records its calls, and lets tests make each part fail. */
export class BatchWorld {
  readonly store = new MemoryStore();
  readonly parked: { message: SQSRecord; attributes: Readonly<Record<string, string>> }[] = [];
  readonly deferred: { message: SQSRecord; seconds: number; attributes: Readonly<Record<string, string>> }[] = [];
  /** One entry for each call. */
  readonly delays: { messageId: string; seconds: number }[][] = [];
  readonly lines: { message: string; fields: Record<string, unknown> }[] = [];
  now = new Date('2026-01-01T00:00:00.000Z');
  random = 0.5;
  subscription = answer;
  /** Replaces the store's transactions. */
  transact = (writes: readonly Write[]): Promise<void> => this.store.transact(writes);
  /** Replaces the store's single writes. */
  writeEach = (writes: readonly Write[]) => writeOneByOne(writes, (write) => this.transact([write]));
  /** Replaces the clock's waits. */
  sleep = async (_milliseconds: number): Promise<void> => {};
  /** Replaces parts of the queue. */
  queue: Partial<Queue> = {};

  /** Runs a batch. @returns the ids of the messages to retry */
  async run(
    messages: readonly SQSRecord[],
    handle: Handler<typeof Asked, AnswerWork>,
    adapters: readonly Adapter[] = [],
  ): Promise<string[]> {
    const handler = consume(this.subscription, handle, adapters);
    const { batchItemFailures } = await handler.run({ Records: [...messages] }, this.runtime());
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  }

  published(): OutgoingEvent[] {
    return this.store.records<OutboxRecord>().flatMap((record) => readOutbox(record).events);
  }

  recordIds(): string[] {
    return this.store.records<OutboxRecord>().map(({ id }) => id);
  }

  private runtime(): ConsumerRuntime {
    const log = (message: string, fields: object) => {
      this.lines.push({ message, fields: { ...fields } });
    };
    return {
      settings: { idempotencyDays: 30, attempts: ATTEMPTS, backoff: BACKOFF },
      store: {
        load: (refs) => this.store.load(refs),
        query: (query) => this.store.query(query),
        transact: (writes) => this.transact(writes),
        writeEach: (writes) => this.writeEach(writes),
      },
      queue: {
        park: async (message, attributes) => {
          this.parked.push({ message, attributes });
        },
        defer: async (message, seconds, attributes) => {
          this.deferred.push({ message, seconds, attributes });
        },
        delay: async (messages) => {
          this.delays.push(messages.map(({ message, seconds }) => ({ messageId: message.messageId, seconds })));
        },
        ...this.queue,
      },
      log: { info: log, warn: log, error: log },
      now: () => this.now,
      random: () => this.random,
      sleep: (milliseconds) => this.sleep(milliseconds),
    };
  }
}

/** Returns a message with an {@link Asked} event. The same id means the same event; each message has its own message id. */
export function asked(
  id: string,
  options: { receives?: number; body?: string; attemptsBefore?: number } = {},
): SQSRecord {
  const event = eventOf(Asked, { id }, id);
  return message(options.body ?? bodyOf(event), options);
}

export function bodyOf({ source, name, detail }: OutgoingEvent): string {
  return JSON.stringify({ source, 'detail-type': name, detail });
}

let messages = 0;

export function message(body: string, { receives = 1, attemptsBefore = 0 } = {}): SQSRecord {
  const messageId = `message-${++messages}`;
  return {
    messageId,
    receiptHandle: `receipt of ${messageId}`,
    body,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: '0',
      SenderId: '',
      ApproximateFirstReceiveTimestamp: '0',
    },
    messageAttributes: attemptsBefore
      ? { attemptsBefore: { dataType: 'String', stringValue: String(attemptsBefore) } }
      : {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: '',
    awsRegion: '',
  };
}
