import type { SQSRecord } from 'aws-lambda';
import type { DataOf, EventContract } from '../../contracts/core/contract';
import type { Consumer } from '../../lambdas/runtime/consume/consume';
import type { OutgoingEvent } from '../../lambdas/runtime/events/envelope';
import { type OutboxRecord, readOutbox } from '../../lambdas/runtime/events/outbox';
import type { HttpHandler } from '../../lambdas/runtime/http/accept';
import type { HttpRequest, HttpResponse } from '../../lambdas/runtime/http/http';
import type { ConsumerRuntime } from '../../lambdas/runtime/runtime';
import type { ScheduledHandler } from '../../lambdas/runtime/schedule/scheduled';
import { EndingLog, type Expectation } from './ending-log';
import { MemoryStore } from './memory-store';

/**
 * Runs handlers with a store in memory and a clock that moves only by {@link HandlerWorld.wait}.
 *
 * @example
 * const world = new HandlerWorld();
 * await world.deliver(writeGreeting, eventOf(GreetingRequested, { greetingId: 'one', name: 'Ada' }));
 * expect(world.store.items('greetings')).toMatchObject([{ text: 'Hello, Ada!' }]);
 */
export class HandlerWorld {
  /** The tables of the service. */
  readonly store = new MemoryStore();
  /** The attributes of all parked messages, with their reasons. */
  readonly parked: Readonly<Record<string, string>>[] = [];
  /** The current time. */
  now = new Date('2026-01-01T00:00:00.000Z');
  private receives = 0;

  /**
   * Delivers an event to a consumer.
   *
   * @param consumer the handler
   * @param event made by {@link eventOf}, or published by another handler
   * @param expectation the accepted outcomes. Default: the message is processed, or a duplicate
   * @throws Error with the outcome and its reason when the message is not processed, unless `expect` says so
   */
  deliver(
    consumer: Consumer,
    { source, name: detailType, detail }: OutgoingEvent,
    expectation: Expectation = {},
  ): Promise<void> {
    return this.receive(consumer, JSON.stringify({ source, 'detail-type': detailType, detail }), expectation);
  }

  /** Delivers a message with any body to a consumer. @throws Error like {@link deliver} */
  async receive(consumer: Consumer, body: string, expectation: Expectation = {}): Promise<void> {
    const endings = new EndingLog();
    await consumer.run({ Records: [this.toRecord(body)] }, endings.watch(this.runtime()));
    endings.require(expectation);
  }

  /** Sends a request to an endpoint. */
  request(endpoint: HttpHandler, request: HttpRequest): Promise<HttpResponse> {
    return endpoint.run(request, this.runtime());
  }

  /** Runs the function behind a schedule. */
  runScheduled(schedule: ScheduledHandler): Promise<void> {
    return schedule.run({}, this.runtime());
  }

  /** Returns all events that were put into the outbox. */
  published(): OutgoingEvent[] {
    return this.store.records<OutboxRecord>().flatMap((record) => readOutbox(record).events);
  }

  /** Moves the clock. */
  wait(seconds: number): void {
    this.now = new Date(this.now.getTime() + seconds * 1_000);
  }

  /** Returns the runtime of the code under test. */
  runtime(): ConsumerRuntime {
    return {
      settings: { idempotencyDays: 30, attempts: 8, backoff: { base: 2, cap: 300 } },
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

/**
 * Returns an event as its owner publishes it. Events with the same id are duplicates.
 *
 * @param contract the contract
 * @param data the event's data
 * @param id the event's id. Default: the same for all events of the contract
 */
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
