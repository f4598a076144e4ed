import type { Context } from '../command';
import { type Filter, matches } from './filter';
import { classify, type DeadLetter } from './letter';
import { queueState, sqsQueue } from './message-queue';
import type { DeadLetterQueue } from './queues';
import { walk } from './walk';

export interface Found {
  readonly queue: DeadLetterQueue;
  /** How many messages it has, those that somebody else looks at included. */
  readonly total: number;
  /** Those that match. */
  readonly letters: readonly DeadLetter[];
}

/** Looks at a dead-letter queue's messages, which stay in it. */
export async function look(
  queue: DeadLetterQueue,
  filter: Filter,
  limit: { readonly seen?: number; readonly found?: number },
  { clients, now, lifetime }: Context,
): Promise<Found> {
  const { waiting, inFlight } = await queueState(clients.sqs, queue.url);
  const letters: DeadLetter[] = [];
  const enough = new AbortController();
  const stop = AbortSignal.any([enough.signal, lifetime.signal]);
  if (waiting > 0) {
    await walk(
      {
        queue: sqsQueue(clients.sqs, queue.url),
        understand: (message) => classify(message, queue),
        startedAt: now(),
        lifetime: { signal: stop, onEnd: (cleanup) => lifetime.onEnd(cleanup) },
        limit: limit.seen,
      },
      async (some) => {
        letters.push(...some.filter((letter) => matches(letter, filter)));
        if (letters.length >= (limit.found ?? Number.POSITIVE_INFINITY)) enough.abort();
        return [];
      },
    );
  }
  return { queue, total: waiting + inFlight, letters: letters.slice(0, limit.found) };
}
