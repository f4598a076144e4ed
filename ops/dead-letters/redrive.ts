import type { EventContract } from '../../contracts/core/contract';
import type { Context } from '../command';
import { throttle } from '../throttle';
import { classify, type DeadLetter } from './dead-letter';
import { destinationOf } from './destination';
import { type Filter, isOpen, matches } from './filter';
import { ENTRIES_PER_CALL, inBatches, type MessageQueue, queueState, sqsQueue } from './message-queue';
import { moveAll } from './move-task';
import type { DeadLetterQueue } from './queues';
import { createSender, type Refusal, refusalOf } from './send';
import { walk } from './walk';

/** The result of a redrive of one queue, or with `dryRun` the expected result. */
export interface Redriven {
  readonly queue: string;
  /** Whether SQS moved the queue, or each dead letter was copied and deleted. */
  readonly by: 'move task' | 'copying';
  readonly redriven: number;
  /** Matching dead letters that are still in the queue: reason → number. */
  readonly kept: Readonly<Record<string, number>>;
}

export interface RedriveOptions {
  readonly filter: Filter;
  readonly perSecond: number;
  readonly dryRun: boolean;
  /** All contracts of the project, which define the channels of their events. */
  readonly contracts: readonly EventContract[];
}

/**
 * Redrives a dead-letter queue. Each dead letter is sent before it is deleted: after a crash in between, it exists twice and
 * consumers deduplicate it. No dead letter is lost.
 */
export async function redrive(queue: DeadLetterQueue, options: RedriveOptions, context: Context): Promise<Redriven> {
  const { filter, perSecond, dryRun, contracts } = options;
  const { sqs } = context.clients;
  const before = await queueState(sqs, queue.url);
  const total = before.waiting + before.inFlight;
  const tally = createTally(queue.name);
  if (total === 0) return tally.result('copying');
  if (queue.source !== undefined && isOpen(filter) && !dryRun) {
    const moved = await moveAll(sqs, {
      from: before.arn,
      to: (await queueState(sqs, queue.source)).arn,
      perSecond,
      onProgress: (done, of) => context.progress.part(`redriven to ${queue.name}`, done, of),
      signal: context.lifetime.signal,
    });
    if (moved !== undefined) return { ...tally.result('move task'), redriven: moved };
  }

  const source = sqsQueue(sqs, queue.url);
  const send = createSender(context);
  const wait = throttle(perSecond);
  const redriveBatch = async (received: readonly DeadLetter[]) => {
    const matching = received.filter((one) => matches(one, filter));
    const removed: DeadLetter[] = [];
    // Smaller batches at a low rate: the throttle waits once for each batch.
    for (const batch of inBatches(matching, Math.min(ENTRIES_PER_CALL, perSecond))) {
      const destinations = batch.map((one) => destinationOf(one, queue, contracts));
      const refusals = dryRun ? destinations.map(refusalOf) : undefined;
      if (!refusals) await wait(destinations.filter(({ to }) => to !== 'nowhere').length);
      const outcomes = refusals ?? (await send(destinations));
      for (const outcome of outcomes) tally.add(outcome);
      if (dryRun) continue;
      const sent = batch.filter((_, index) => outcomes[index] === undefined);
      await removeAll(source, sent, context);
      removed.push(...sent);
    }
    context.progress.part(`read from ${queue.name}`, Math.min(tally.read(received.length), total), total);
    return removed;
  };
  const classifyMessage = (message: DeadLetter['message']) => classify(message, queue);
  const { lifetime } = context;
  await walk({ queue: source, classify: classifyMessage, startedAt: context.now(), lifetime }, redriveBatch);
  return tally.result('copying');
}

async function removeAll(queue: MessageQueue, deadLetters: readonly DeadLetter[], { note }: Context): Promise<void> {
  const kept = await queue.remove(deadLetters.map(({ message }) => message));
  if (kept.length > 0)
    note(`${kept.length} dead letters were sent but could not be deleted: redrive again, or purge them.`);
}

function createTally(queue: string) {
  let [redriven, read] = [0, 0];
  const kept: Record<string, number> = {};
  return {
    add: (refusal: Refusal) => {
      if (refusal === undefined) redriven++;
      else kept[refusal] = (kept[refusal] ?? 0) + 1;
    },
    read: (more: number) => {
      read += more;
      return read;
    },
    result: (by: Redriven['by']): Redriven => ({ queue, by, redriven, kept }),
  };
}
