import type { SQSRecord } from 'aws-lambda';
import type { SubscriptionManifest } from '../../lib/broker/manifest';
import type { SentMessage } from './aws/sqs';
import type { Conditions } from './conditions';
import { Invocation } from './invocation';
import type { Planned } from './virtual-time';

interface Message {
  readonly id: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly group?: string;
  readonly sentAt: number;
  receives: number;
  visibleAt: number;
  /** Changes with every receive. An old handle cannot acknowledge. */
  handle: string;
}

/** How a message is sent. */
type Sent = Pick<SentMessage, 'delaySeconds' | 'attributes' | 'group'>;

/** A message on a dead-letter queue. */
export interface DeadLetter {
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A dead letter in its queue. */
interface KeptLetter extends DeadLetter {
  /** Of a letter that SQS has moved: when the message was sent to the queue. */
  readonly sentAt: number;
}

/** The settings of a subscription's queue and event source mapping. */
export type QueueSettings = Pick<
  SubscriptionManifest['settings'],
  'attempts' | 'batchSize' | 'maxConcurrency' | 'timeoutSeconds' | 'visibilitySeconds' | 'windowSeconds'
>;

/** The function behind a queue. Returns the ids of the messages to retry. */
export type BatchHandler = (batch: readonly SQSRecord[], invocation: Invocation) => Promise<readonly string[]>;

/** The longest time until a message is received that can be, beside the batching window. */
const POLL_MILLISECONDS = 50;
/** The default of SQS, in milliseconds. */
const RETENTION = 4 * 24 * 60 * 60 * 1_000;
/** What all stacks set, in milliseconds. */
export const DEAD_LETTER_RETENTION = 14 * 24 * 60 * 60 * 1_000;

/** Simulates a standard queue, its dead-letter queue and its event source mapping, as SQS and Lambda document them. */
export class SimulatedQueue {
  readonly dead: KeptLetter[] = [];
  private messages: Message[] = [];
  private inFlight = 0;
  private sent = 0;
  /** The next poll, which is never later than the next message becomes visible. */
  private nextPoll?: { readonly at: number; readonly planned: Planned };

  /**
   * @param name the consumer's name
   * @param expired called when messages have expired before they were received, or dead letters before they were redriven
   */
  constructor(
    private readonly conditions: Conditions,
    readonly name: string,
    private readonly settings: QueueSettings,
    private readonly handler: BatchHandler,
    private readonly expired: () => void,
  ) {}

  /** All messages, those that can be received now, and the batches that are being processed. */
  get load(): { readonly messages: number; readonly waiting: number; readonly running: number } {
    const { now } = this.conditions.time;
    const waiting = this.messages.filter(({ visibleAt }) => visibleAt <= now).length;
    return { messages: this.messages.length, waiting, running: this.inFlight };
  }

  send(body: string, { delaySeconds = 0, attributes = {}, group }: Partial<Sent> = {}): void {
    const id = `${this.name}-${++this.sent}`;
    const sentAt = this.conditions.time.now;
    const visibleAt = sentAt + delaySeconds * 1_000;
    this.messages.push({ id, body, attributes, group, sentAt, receives: 0, visibleAt, handle: '' });
    this.pollBy(visibleAt);
  }

  /** Adds a message to the dead-letter queue. */
  park(letter: DeadLetter): void {
    this.dead.push({ ...letter, sentAt: this.conditions.time.now });
  }

  /** Whether all its messages with this body have another group. A message that is deferred can be gone already, after a second delivery. */
  contradicts(body: string, group?: string): boolean {
    const copies = this.messages.filter((one) => one.body === body);
    return copies.length > 0 && copies.every((one) => one.group !== group);
  }

  changeVisibility(receiptHandle: string, seconds: number): void {
    const held = this.messages.find(({ handle }) => handle === receiptHandle);
    if (!held) return;
    held.visibleAt = this.conditions.time.now + seconds * 1_000;
    this.pollBy(held.visibleAt);
  }

  /** Redrives all dead letters that have not expired. Each becomes a new message. @returns their number */
  redrive(): number {
    const { faults, time } = this.conditions;
    const letters = this.dead.splice(0);
    const kept = letters.filter(({ sentAt }) => sentAt + DEAD_LETTER_RETENTION > time.now);
    for (const { body } of kept) this.send(body);
    if (kept.length < letters.length) {
      faults.note('expired as a dead letter', this.name);
      this.expired();
    }
    return kept.length;
  }

  private pollBy(time: number): void {
    const { time: clock, chance, faults, pace } = this.conditions;
    const window = (this.settings.windowSeconds ?? 0) * 1_000;
    const wait = pace?.receive ?? window + chance.number(`${this.name} poll`) * POLL_MILLISECONDS;
    const at = Math.max(time, faults.worksAgainAt(this.name)) + wait;
    if (this.nextPoll && this.nextPoll.at <= at) return;
    this.nextPoll?.planned.cancel();
    this.nextPoll = { at, planned: clock.after(at - clock.now, () => this.poll()) };
  }

  private poll(): void {
    this.deleteExpired();
    const { faults, time } = this.conditions;
    if (this.inFlight < this.settings.maxConcurrency && !faults.isDown(this.name, time.now)) {
      const batch = this.receive();
      if (batch.length > 0) this.invoke(batch);
    }
    this.pollAgain();
  }

  private deleteExpired(): void {
    const { faults, time } = this.conditions;
    const kept = this.messages.filter(({ sentAt }) => sentAt + RETENTION > time.now);
    if (kept.length === this.messages.length) return;
    faults.note('expired in its queue', this.name);
    this.messages = kept;
    this.expired();
  }

  /** Plans the next poll, unless there is nothing to receive, or no free function instance. */
  private pollAgain(): void {
    this.nextPoll?.planned.cancel();
    this.nextPoll = undefined;
    if (this.inFlight >= this.settings.maxConcurrency) return;
    let next = Number.POSITIVE_INFINITY;
    for (const { visibleAt } of this.messages) next = Math.min(next, visibleAt);
    if (Number.isFinite(next)) this.pollBy(next);
  }

  /** Receives some of the visible messages in any order, because a standard queue guarantees no order. */
  private receive(): SQSRecord[] {
    const { time, chance, faults, pace } = this.conditions;
    const visible = this.messages.filter(({ visibleAt }) => visibleAt <= time.now);
    const { batchSize } = this.settings;
    const size = Math.min(visible.length, pace ? batchSize : chance.whole(`${this.name} batch`, 1, batchSize));
    const batch: SQSRecord[] = [];
    for (let count = 0; count < size; count++) {
      const [message] = visible.splice(chance.whole(`${this.name} receive`, 0, visible.length - 1), 1) as [Message];
      if (message.receives >= this.settings.attempts) {
        this.messages = this.messages.filter((other) => other !== message);
        const { body, sentAt } = message;
        this.dead.push({ body, sentAt, attributes: { reason: 'received-too-often' } });
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
      this.pollAgain();
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

function toRecord({ id, body, attributes, group, receives, handle }: Message): SQSRecord {
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
      ...(group !== undefined && { MessageGroupId: group }),
    },
    messageAttributes,
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: '',
    awsRegion: '',
  };
}
