import type { SQSRecord } from 'aws-lambda';
import type { DataOf, EventContract } from '../../contracts/core/contract';
import type { Consumer } from '../../lambdas/runtime/consume/consume';
import type { OutgoingEvent } from '../../lambdas/runtime/events/envelope';
import type { Acceptor } from '../../lambdas/runtime/http/accept';
import type { HttpRequest, HttpResponse } from '../../lambdas/runtime/http/http';
import type { Runtime } from '../../lambdas/runtime/runtime';
import type { Scheduled } from '../../lambdas/runtime/schedule/scheduled';
import type { Worker } from '../../lambdas/runtime/work/run-unit-of-work';
import { MemoryStore } from './memory-store';

/** Runs real consumers on a store in memory, with a clock that only moves when told. */
export class HandlerWorld {
  readonly store = new MemoryStore();
  readonly parked: Readonly<Record<string, string>>[] = [];
  now = new Date('2026-01-01T00:00:00.000Z');
  private receives = 0;

  /** Delivers one event, of a contract of any kind, to a consumer. @returns whether it was acknowledged */
  deliver(name: string, consumer: Consumer, emits: readonly EventContract[], event: OutgoingEvent): Promise<boolean> {
    const { source, name: detailType, detail } = event;
    return this.receive(name, consumer, emits, JSON.stringify({ source, 'detail-type': detailType, detail }));
  }

  /** Delivers a message, whatever it says, to a consumer. @returns whether it was acknowledged */
  async receive(name: string, consumer: Consumer, emits: readonly EventContract[], body: string): Promise<boolean> {
    const subscription = { ...workerOf(name, emits), attempts: 8, backoff: { base: 2, cap: 300 } };
    const { batchItemFailures } = await consumer.run({ Records: [this.toRecord(body)] }, subscription, this.runtime());
    return batchItemFailures.length === 0;
  }

  /** Has an endpoint answer a request. */
  request(
    name: string,
    acceptor: Acceptor,
    emits: readonly EventContract[],
    request: HttpRequest,
  ): Promise<HttpResponse> {
    return acceptor.run(request, workerOf(name, emits), this.runtime());
  }

  /** Runs the function behind a schedule. */
  runScheduled(name: string, scheduled: Scheduled, emits: readonly EventContract[]): Promise<void> {
    return scheduled.run(workerOf(name, emits), this.runtime());
  }

  /** All that was ever put into the outbox. */
  published(): OutgoingEvent[] {
    return this.store.items<{ outbox?: string }>('records').flatMap(({ outbox }) => JSON.parse(outbox ?? '[]'));
  }

  wait(seconds: number): void {
    this.now = new Date(this.now.getTime() + seconds * 1_000);
  }

  /** What the code under test sees of the world. */
  runtime(): Runtime {
    return {
      store: this.store,
      queue: {
        park: async (_message, attributes) => {
          this.parked.push(attributes);
        },
        defer: async () => {},
        delay: async () => {},
      },
      log: { info: () => {}, warn: () => {}, error: () => {} },
      now: () => this.now,
      random: () => 0.5,
      sleep: async () => {},
    };
  }

  private toRecord(body: string): SQSRecord {
    const messageId = `message-${++this.receives}`;
    return {
      messageId,
      receiptHandle: messageId,
      body,
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: '0',
        SenderId: '',
        ApproximateFirstReceiveTimestamp: '0',
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: '',
      awsRegion: '',
    };
  }
}

function workerOf(consumer: string, emits: readonly EventContract[]): Worker {
  return { consumer, emits: new Set(emits.map(({ name }) => name)), idempotencyDays: 30 };
}

/** An event as its owner would publish it. The same id is the same event. */
export function eventOf<Contract extends EventContract>(
  contract: Contract,
  data: DataOf<Contract>,
  id = `${contract.name}-1`,
): OutgoingEvent {
  const { owner: source, name, version } = contract;
  const metadata = {
    id,
    version,
    correlationId: 'correlation-1',
    causationId: 'cause-1',
    occurredAt: '2026-01-01T00:00:00.000Z',
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  };
  return { source, name, detail: { metadata, data } };
}
