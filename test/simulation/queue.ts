import type { SQSRecord } from 'aws-lambda';
import type { Invocation } from './invocation';
import type { World } from './world';

interface Message {
  readonly id: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  receives: number;
  visibleAt: number;
  /** Changes with every receive; an old one no longer acknowledges. */
  handle: string;
}

/** A message that is where nobody processes it, with what is known of why. */
export interface DeadLetter {
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const VISIBILITY_SECONDS = 180;
const FUNCTION_SECONDS = 30;
const BATCH = 10;

/** What the function behind a queue does with a batch: gives back which messages to keep. */
export type BatchHandler = (batch: readonly SQSRecord[], invocation: Invocation) => Promise<readonly string[]>;

/** A standard queue with its dead-letter queue and its event source mapping, as SQS and Lambda document them. */
export class SimulatedQueue {
  readonly dead: DeadLetter[] = [];
  private messages: Message[] = [];
  private inFlight = 0;
  private sent = 0;
  private pollAt = Number.POSITIVE_INFINITY;

  constructor(
    private readonly world: World,
    /** The consumer's name. */
    readonly name: string,
    private readonly maxReceives: number,
    private readonly maxConcurrency: number,
    private readonly handler: BatchHandler,
  ) {}

  send(body: string, delaySeconds = 0, attributes: Readonly<Record<string, string>> = {}): void {
    const id = `${this.name}-${++this.sent}`;
    const visibleAt = this.world.time.now + delaySeconds * 1_000;
    this.messages.push({ id, body, attributes, receives: 0, visibleAt, handle: '' });
    this.pollBy(visibleAt);
  }

  park({ body }: SQSRecord, attributes: Readonly<Record<string, string>>): void {
    this.dead.push({ body, attributes });
  }

  delay(messages: readonly { message: SQSRecord; seconds: number }[]): void {
    for (const { message, seconds } of messages) {
      const held = this.messages.find(({ handle }) => handle === message.receiptHandle);
      if (!held) continue;
      held.visibleAt = this.world.time.now + seconds * 1_000;
      this.pollBy(held.visibleAt);
    }
  }

  /** Puts all dead letters back; each becomes a new message. */
  redrive(): number {
    const letters = this.dead.splice(0);
    for (const { body } of letters) this.send(body);
    return letters.length;
  }

  private pollBy(time: number): void {
    const { time: clock, chance } = this.world;
    const at = Math.max(time, clock.now) + chance.number(`${this.name} poll`) * 50;
    if (at >= this.pollAt) return;
    this.pollAt = at;
    clock.after(at - clock.now, () => {
      if (this.pollAt === at) this.poll();
    });
  }

  private poll(): void {
    this.pollAt = Number.POSITIVE_INFINITY;
    if (this.inFlight < this.maxConcurrency) {
      const batch = this.receive();
      if (batch.length > 0) this.invoke(batch);
    }
    const next = Math.min(...this.messages.map(({ visibleAt }) => visibleAt));
    if (Number.isFinite(next) && this.inFlight < this.maxConcurrency) this.pollBy(next);
  }

  /** Any visible messages, in any order: a standard queue promises none. */
  private receive(): SQSRecord[] {
    const { time, chance, faults } = this.world;
    const visible = this.messages.filter(({ visibleAt }) => visibleAt <= time.now);
    const size = Math.min(visible.length, chance.whole(`${this.name} batch`, 1, BATCH));
    const batch: SQSRecord[] = [];
    for (let count = 0; count < size; count++) {
      const [message] = visible.splice(chance.whole(`${this.name} receive`, 0, visible.length - 1), 1) as [Message];
      if (message.receives >= this.maxReceives) {
        this.messages = this.messages.filter((other) => other !== message);
        this.dead.push({ body: message.body, attributes: { reason: 'received-too-often' } });
        continue;
      }
      message.receives++;
      message.handle = `${message.id}:${message.receives}`;
      // At least once: now and then a message is handed out again while somebody works on it.
      const early = faults.at(`${this.name} ${message.id} visibility`, ['visible too early']);
      message.visibleAt = time.now + (early ? 10 : VISIBILITY_SECONDS * 1_000);
      batch.push(toRecord(message));
    }
    return batch;
  }

  private invoke(batch: readonly SQSRecord[]): void {
    this.inFlight++;
    const end = () => {
      this.inFlight--;
      this.pollBy(this.world.time.now);
    };
    const invocation = this.world.invoke(this.name, FUNCTION_SECONDS, end);
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
