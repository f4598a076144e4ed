import type { SQSRecord } from 'aws-lambda';
import type { SubscriptionManifest } from '../../lib/broker/manifest';
import type { Conditions } from './conditions';
import { Invocation } from './invocation';

interface Message {
  readonly id: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  receives: number;
  visibleAt: number;
  /** Changes with every receive. An old handle cannot acknowledge. */
  handle: string;
}

/** A message on a dead-letter queue. */
export interface DeadLetter {
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The settings of a subscription's queue and event source mapping. */
export type QueueSettings = Pick<
  SubscriptionManifest['settings'],
  'attempts' | 'batchSize' | 'maxConcurrency' | 'timeoutSeconds' | 'visibilitySeconds'
>;

/** The function behind a queue. Returns the ids of the messages to retry. */
export type BatchHandler = (batch: readonly SQSRecord[], invocation: Invocation) => Promise<readonly string[]>;

/** Simulates a standard queue, its dead-letter queue and its event source mapping, as SQS and Lambda document them. */
export class SimulatedQueue {
  readonly dead: DeadLetter[] = [];
  private messages: Message[] = [];
  private inFlight = 0;
  private sent = 0;
  private pollAt = Number.POSITIVE_INFINITY;

  /** @param name the consumer's name */
  constructor(
    private readonly conditions: Conditions,
    readonly name: string,
    private readonly settings: QueueSettings,
    private readonly handler: BatchHandler,
  ) {}

  send(body: string, delaySeconds = 0, attributes: Readonly<Record<string, string>> = {}): void {
    const id = `${this.name}-${++this.sent}`;
    const visibleAt = this.conditions.time.now + delaySeconds * 1_000;
    this.messages.push({ id, body, attributes, receives: 0, visibleAt, handle: '' });
    this.pollBy(visibleAt);
  }

  /** Adds a message to the dead-letter queue. */
  park(letter: DeadLetter): void {
    this.dead.push(letter);
  }

  changeVisibility(receiptHandle: string, seconds: number): void {
    const held = this.messages.find(({ handle }) => handle === receiptHandle);
    if (!held) return;
    held.visibleAt = this.conditions.time.now + seconds * 1_000;
    this.pollBy(held.visibleAt);
  }

  /** Redrives all dead letters. Each becomes a new message. @returns their number */
  redrive(): number {
    const letters = this.dead.splice(0);
    for (const { body } of letters) this.send(body);
    return letters.length;
  }

  private pollBy(time: number): void {
    const { time: clock, chance } = this.conditions;
    const at = Math.max(time, clock.now) + chance.number(`${this.name} poll`) * 50;
    if (at >= this.pollAt) return;
    this.pollAt = at;
    clock.after(at - clock.now, () => {
      if (this.pollAt === at) this.poll();
    });
  }

  private poll(): void {
    this.pollAt = Number.POSITIVE_INFINITY;
    if (this.inFlight < this.settings.maxConcurrency) {
      const batch = this.receive();
      if (batch.length > 0) this.invoke(batch);
    }
    const next = Math.min(...this.messages.map(({ visibleAt }) => visibleAt));
    if (Number.isFinite(next) && this.inFlight < this.settings.maxConcurrency) this.pollBy(next);
  }

  /** Receives some of the visible messages in any order, because a standard queue guarantees no order. */
  private receive(): SQSRecord[] {
    const { time, chance, faults } = this.conditions;
    const visible = this.messages.filter(({ visibleAt }) => visibleAt <= time.now);
    const size = Math.min(visible.length, chance.whole(`${this.name} batch`, 1, this.settings.batchSize));
    const batch: SQSRecord[] = [];
    for (let count = 0; count < size; count++) {
      const [message] = visible.splice(chance.whole(`${this.name} receive`, 0, visible.length - 1), 1) as [Message];
      if (message.receives >= this.settings.attempts) {
        this.messages = this.messages.filter((other) => other !== message);
        this.dead.push({ body: message.body, attributes: { reason: 'received-too-often' } });
        continue;
      }
      message.receives++;
      message.handle = `${message.id}:${message.receives}`;
      // At-least-once delivery: sometimes a message is delivered again while it is being processed.
      const early = faults.at(`${this.name} ${message.id} visibility`, ['visible too early']);
      message.visibleAt = time.now + (early ? 10 : this.settings.visibilitySeconds * 1_000);
      batch.push(toRecord(message));
    }
    return batch;
  }

  private invoke(batch: readonly SQSRecord[]): void {
    this.inFlight++;
    const end = () => {
      this.inFlight--;
      this.pollBy(this.conditions.time.now);
    };
    const invocation = new Invocation(this.conditions, this.name, end, this.settings.timeoutSeconds);
    const acknowledge = (kept: readonly string[]) => {
      const done = new Set(
        batch.filter(({ messageId }) => !kept.includes(messageId)).map((record) => record.receiptHandle),
      );
      this.messages = this.messages.filter(({ handle }) => !done.has(handle));
      end();
    };
    invocation.run(() => this.handler(batch, invocation), acknowledge, end);
  }
}

function toRecord({ id, body, attributes, receives, handle }: Message): SQSRecord {
  const messageAttributes = Object.fromEntries(
    Object.entries(attributes).map(([name, stringValue]) => [name, { dataType: 'String', stringValue }]),
  );
  return {
    messageId: id,
    receiptHandle: handle,
    body,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: '0',
      SenderId: '',
      ApproximateFirstReceiveTimestamp: '0',
    },
    messageAttributes,
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: '',
    awsRegion: '',
  };
}
