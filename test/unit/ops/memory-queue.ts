import type { Message } from '@aws-sdk/client-sqs';
import type { MessageQueue } from '../../../ops/dead-letters/message-queue';

/** A queue in memory. Received messages are hidden until they are released. */
export class MemoryQueue implements MessageQueue {
  readonly url = 'memory';
  readonly messages: Message[] = [];
  readonly hidden = new Set<Message>();
  /** The number of receive calls. */
  receives = 0;

  put(id: string, sentAt: Date, body = id): void {
    this.messages.push({
      MessageId: id,
      Body: body,
      ReceiptHandle: id,
      Attributes: { SentTimestamp: String(sentAt.getTime()) },
    });
  }

  async receive(): Promise<readonly Message[]> {
    this.receives++;
    const visible = this.messages.filter((message) => !this.hidden.has(message)).slice(0, 10);
    for (const message of visible) this.hidden.add(message);
    return visible;
  }

  async release(messages: readonly Message[]): Promise<void> {
    for (const message of messages) this.hidden.delete(message);
  }

  async remove(messages: readonly Message[]): Promise<readonly Message[]> {
    for (const message of messages) {
      this.messages.splice(this.messages.indexOf(message), 1);
      this.hidden.delete(message);
    }
    return [];
  }

  async send(): Promise<ReadonlyMap<number, string>> {
    return new Map();
  }
}
