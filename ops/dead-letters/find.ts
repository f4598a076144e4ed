import type { Context } from '../command';
import { classify, type DeadLetter } from './dead-letter';
import { type Filter, matches } from './filter';
import { queueState, sqsQueue } from './message-queue';
import type { DeadLetterQueue } from './queues';
import { walk } from './walk';

export interface Found {
  readonly queue: DeadLetterQueue;
  /** The number of all messages in the queue, including those that another command has received. */
  readonly total: number;
  /** The matching dead letters. */
  readonly deadLetters: readonly DeadLetter[];
}

export interface FindLimit {
  /** Dead letters to read. @default all */
  readonly read?: number;
  /** Matching dead letters to return. @default all */
  readonly found?: number;
}

/** Finds matching dead letters in a queue, and leaves all of them in it. */
export async function findDeadLetters(
  queue: DeadLetterQueue,
  filter: Filter,
  limit: FindLimit,
  { clients, now, lifetime }: Context,
): Promise<Found> {
  const { waiting, inFlight } = await queueState(clients.sqs, queue.url);
  const deadLetters: DeadLetter[] = [];
  const enough = new AbortController();
  const signal = AbortSignal.any([enough.signal, lifetime.signal]);
  if (waiting > 0) {
    await walk(
      {
        queue: sqsQueue(clients.sqs, queue.url),
        classify: (message) => classify(message, queue),
        startedAt: now(),
        lifetime: { signal, onEnd: (cleanup) => lifetime.onEnd(cleanup) },
        limit: limit.read,
      },
      async (received) => {
        deadLetters.push(...received.filter((one) => matches(one, filter)));
        if (deadLetters.length >= (limit.found ?? Number.POSITIVE_INFINITY)) enough.abort();
        return [];
      },
    );
  }
  return { queue, total: waiting + inFlight, deadLetters: deadLetters.slice(0, limit.found) };
}
