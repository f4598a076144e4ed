import type { Message } from '@aws-sdk/client-sqs';
import type { Lifetime } from '../../cli/lifetime';
import { type DeadLetter, sentAt } from './letter';
import type { MessageQueue } from './message-queue';

export interface Walk {
  readonly queue: MessageQueue;
  readonly understand: (message: Message) => DeadLetter;
  /** When it began. What SQS took later is left alone: it is new, or has come back. */
  readonly startedAt: Date;
  readonly lifetime: Pick<Lifetime, 'signal' | 'onEnd'>;
  /** Looks at no more than so many. @default all */
  readonly limit?: number;
}

/** After so many answers in a row without an old message, there is none left. */
const PATIENCE = 3;

/**
 * Goes through a dead-letter queue once, ten letters at a time. Whoever walks says which letters are gone, by returning them;
 * the others are hidden until the end, so that the walk gets on, and then everybody sees them again.
 *
 * It ends, even when all that it sends away comes back: what comes back is newer than the walk.
 */
export async function walk(
  { queue, understand, startedAt, lifetime, limit = Number.POSITIVE_INFINITY }: Walk,
  visit: (letters: readonly DeadLetter[]) => Promise<readonly DeadLetter[]>,
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
    for (let idle = 0; idle < PATIENCE && visited < limit && !lifetime.signal.aborted; ) {
      const messages = await queue.receive();
      for (const message of messages) held.set(message.MessageId ?? '', message);
      const letters = messages
        .filter((message) => !seen.has(message.MessageId ?? '') && sentAt(message) <= startedAt)
        .slice(0, limit - visited)
        .map(understand);
      for (const { message } of letters) seen.add(message.MessageId ?? '');
      visited += letters.length;
      idle = letters.length === 0 ? idle + 1 : 0;
      // A queue of which we hold all shows nothing: one empty answer of all servers is enough.
      if (messages.length === 0) idle = PATIENCE;
      if (letters.length === 0) continue;
      for (const { message } of await visit(letters)) held.delete(message.MessageId ?? '');
    }
  } finally {
    await releaseAll();
  }
}
