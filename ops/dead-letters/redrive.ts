import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import * as contracts from '../../contracts';
import type { EventContract } from '../../contracts/core/contract';
import { serviceOf } from '../../deployed/discover';
import type { EntryResult, Publisher } from '../../lambdas/runtime/publish/publish';
import type { Context } from '../command';
import { pace } from '../pace';
import { relayPublisher } from '../relay';
import { type Filter, isOpen, matches } from './filter';
import { classify, type DeadLetter } from './letter';
import { ENTRIES_PER_CALL, inCalls, type MessageQueue, queueState, sqsQueue } from './message-queue';
import { moveAll } from './move-task';
import type { DeadLetterQueue } from './queues';
import { walk } from './walk';
import { type RawEvent, type WayBack, wayBack } from './way-back';

/** What a redrive did, or would do, with one queue. */
export interface Redriven {
  readonly queue: string;
  /** By SQS itself, or letter by letter. */
  readonly by: 'move task' | 'copying';
  readonly redriven: number;
  /** Why others, which were meant too, are still there, and how many of them. */
  readonly kept: Readonly<Record<string, number>>;
}

export interface RedriveOptions {
  readonly filter: Filter;
  readonly perSecond: number;
  readonly dryRun: boolean;
}

/**
 * Redrives a dead-letter queue. Letter by letter, each is sent before it is deleted: after a crash in between it is there
 * twice, never lost, and consumers drop what they had.
 */
export async function redrive(queue: DeadLetterQueue, options: RedriveOptions, context: Context): Promise<Redriven> {
  const { filter, perSecond, dryRun } = options;
  const { sqs } = context.clients;
  const before = await queueState(sqs, queue.url);
  const total = before.waiting + before.inFlight;
  const count = counter(queue.name);
  if (total === 0) return count.result('copying');
  if (queue.source !== undefined && isOpen(filter) && !dryRun) {
    const moved = await moveAll(sqs, {
      from: before.arn,
      to: (await queueState(sqs, queue.source)).arn,
      perSecond,
      onProgress: (done, of) => context.progress.part(`redriven to ${queue.name}`, done, of),
      signal: context.lifetime.signal,
    });
    if (moved !== undefined) return { ...count.result('move task'), redriven: moved };
  }

  const letters = sqsQueue(sqs, queue.url);
  const send = sender(context);
  const wait = pace(perSecond);
  const redriveSome = async (some: readonly DeadLetter[]) => {
    const meant = some.filter((letter) => matches(letter, filter));
    const gone: DeadLetter[] = [];
    // A slow pace is kept letter by letter, not ten at a time.
    for (const call of inCalls(meant, Math.min(ENTRIES_PER_CALL, perSecond))) {
      const ways = call.map((letter) => wayBack(letter, queue, allContracts));
      if (!dryRun) await wait(ways.filter(({ to }) => to !== 'nowhere').length);
      const outcomes = dryRun ? ways.map(reasonToStay) : await send(ways);
      for (const outcome of outcomes) count.add(outcome);
      if (dryRun) continue;
      const sent = call.filter((_, index) => outcomes[index] === undefined);
      await removeAll(letters, sent, context);
      gone.push(...sent);
    }
    context.progress.part(`looked at in ${queue.name}`, Math.min(count.seen(some.length), total), total);
    return gone;
  };
  const understand = (message: DeadLetter['message']) => classify(message, queue);
  await walk({ queue: letters, understand, startedAt: context.now(), lifetime: context.lifetime }, redriveSome);
  return count.result('copying');
}

const allContracts = (Object.values(contracts) as readonly unknown[]).filter(isContract);

function isContract(one: unknown): one is EventContract {
  return typeof one === 'object' && one !== null && 'owner' in one && 'channel' in one;
}

/** A letter that was sent and could not be deleted is there twice: consumers drop the second. */
async function removeAll(queue: MessageQueue, letters: readonly DeadLetter[], { note }: Context): Promise<void> {
  const kept = await queue.remove(letters.map(({ message }) => message));
  if (kept.length > 0)
    note(`${kept.length} letters were sent and are still there, too: redrive once more, or purge them.`);
}

function counter(queue: string) {
  let [redriven, seen] = [0, 0];
  const kept: Record<string, number> = {};
  return {
    add: (why: string | undefined) => {
      if (why === undefined) redriven++;
      else kept[why] = (kept[why] ?? 0) + 1;
    },
    seen: (more: number) => {
      seen += more;
      return seen;
    },
    result: (by: Redriven['by']): Redriven => ({ queue, by, redriven, kept }),
  };
}

function reasonToStay(way: WayBack): string | undefined {
  return way.to === 'nowhere' ? way.why : undefined;
}

/** Sends letters back, each its way. @returns for each why it stays; undefined for those that are sent */
function sender(context: Context): (ways: readonly WayBack[]) => Promise<(string | undefined)[]> {
  const publishers = new Map<string, Promise<Publisher>>();
  const publisherFor = (service: string) => {
    const known = publishers.get(service) ?? relayPublisher(serviceOf(context.deployment, service), context);
    publishers.set(service, known);
    return known;
  };
  return async (ways) => {
    const outcomes = ways.map(reasonToStay);
    const each = async <To extends WayBack['to']>(
      to: To,
      sendThese: (these: readonly Extract<WayBack, { to: To }>[]) => Promise<readonly (string | undefined)[]>,
    ) => {
      const places = ways.flatMap((way, place) =>
        way.to === to ? [{ place, way: way as Extract<WayBack, { to: To }> }] : [],
      );
      if (places.length === 0) return;
      const answers = await sendThese(places.map(({ way }) => way));
      for (const [index, { place }] of places.entries()) outcomes[place] = answers[index];
    };
    await each('queue', async (these) => {
      const url = these[0]?.url ?? '';
      const refused = await sqsQueue(context.clients.sqs, url).send(these.map(({ body }) => body));
      return these.map((_, index) => refused.get(index));
    });
    await each('channel', async (these) => {
      const publisher = await publisherFor(these[0]?.service ?? '');
      return (await publisher.send(these.map(({ event }) => event))).map(errorOf);
    });
    await each('bus', (these) =>
      putOnBus(
        these.map(({ event }) => event),
        context,
      ),
    );
    return outcomes;
  };
}

function errorOf(result: EntryResult): string | undefined {
  return result.kind === 'published' ? undefined : result.error;
}

/** One by one: a call of several may exceed the bus's limit, and here come few. */
function putOnBus(events: readonly RawEvent[], { clients, deployment }: Context): Promise<(string | undefined)[]> {
  const EventBusName = deployment.broker.bus.name;
  const results = events.map(async ({ source, 'detail-type': name, detail, time, resources = [] }) => {
    const entry = { EventBusName, Source: source, DetailType: name, Detail: JSON.stringify(detail) };
    const more = { Resources: [...resources], ...(time && { Time: new Date(time) }) };
    const { Entries = [] } = await clients.events.send(new PutEventsCommand({ Entries: [{ ...entry, ...more }] }));
    const { ErrorCode, ErrorMessage = '' } = Entries[0] ?? { ErrorCode: 'NoAnswer' };
    return ErrorCode && `${ErrorCode}: ${ErrorMessage}`;
  });
  return Promise.all(results);
}
