import type { Message } from '@aws-sdk/client-sqs';
import type { Lifetime } from '../../cli/lifetime';
import { type DeadLetter, sentAt } from './dead-letter';
import type { MessageQueue } from './message-queue';

export interface Walk {
  readonly queue: MessageQueue;
  readonly classify: (message: Message) => DeadLetter;
  /** Messages that were sent later are left alone: they are new, or were redriven and have failed again. */
  readonly startedAt: Date;
  readonly lifetime: Pick<Lifetime, 'signal' | 'onEnd'>;
  /** The number of dead letters to visit. @default all */
  readonly limit?: number;
}

/** The walk ends after so many consecutive answers without an unvisited message. */
const EMPTY_ANSWERS = 3;

/**
 * Visits each message of a dead-letter queue once, ten at a time. The visitor returns the dead letters that it has removed from
 * the queue. The others stay invisible until the walk ends, so that the next call receives new ones, and are then released.
 *
 * The walk ends even if all redriven messages fail again, because these are newer than the walk.
 */
export async function walk(
  { queue, classify, startedAt, lifetime, limit = Number.POSITIVE_INFINITY }: Walk,
  visit: (deadLetters: readonly DeadLetter[]) => Promise<readonly DeadLetter[]>,
): Promise<void> {
  const seen = new Set<string>();
  const held = new Map<string, Message>();
  const releaseAll = async () => {
    const messages = [...held.values()];
    held.clear();
    await queue.release(messages);
  };
  lifetime.onEnd(releaseAll);
  try {
    let visited = 0;
    for (let emptyAnswers = 0; emptyAnswers < EMPTY_ANSWERS && visited < limit && !lifetime.signal.aborted; ) {
      const messages = await queue.receive();
      for (const message of messages) held.set(message.MessageId ?? '', message);
      const deadLetters = messages
        .filter((message) => !seen.has(message.MessageId ?? '') && sentAt(message) <= startedAt)
        .slice(0, limit - visited)
        .map(classify);
      for (const { message } of deadLetters) seen.add(message.MessageId ?? '');
      visited += deadLetters.length;
      emptyAnswers = deadLetters.length === 0 ? emptyAnswers + 1 : 0;
      // Long polling asks all servers, so one empty answer means that no message is visible.
      if (messages.length === 0) emptyAnswers = EMPTY_ANSWERS;
      if (deadLetters.length === 0) continue;
      for (const { message } of await visit(deadLetters)) held.delete(message.MessageId ?? '');
    }
  } finally {
    await releaseAll();
  }
}
