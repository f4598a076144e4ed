import type { OutgoingEvent } from '../events/envelope';
import { fullJitter, type Random } from '../retry';
import type { Log } from '../runtime';
import type { ProcessedRecord } from '../work/commit';

/** What the bus said of one entry. */
export type EntryResult =
  | { readonly kind: 'published' }
  /** Later it may work: throttling, an internal failure, no answer. */
  | { readonly kind: 'failed'; readonly error: string }
  /** It never will. */
  | { readonly kind: 'refused'; readonly error: string };

/** What publishing needs of the world outside. */
export interface Publisher {
  /** Sends at most {@link ENTRIES_PER_CALL} events. Results in their order; throws nothing. */
  send(events: readonly OutgoingEvent[]): Promise<readonly EntryResult[]>;
  /** Keeps an event that the bus refuses for good, with the key of its record. */
  setAside(event: OutgoingEvent, recordId: string, error: string): Promise<void>;
  sleep(milliseconds: number): Promise<void>;
  readonly random: Random;
  readonly log: Log;
}

/** EventBridge takes ten entries and 1 MB in one call (PutEvents quota); some bytes are left for what it adds. */
const ENTRIES_PER_CALL = 10;
const BYTES_PER_CALL = 1_000_000;

/** With {@link BACKOFF} about ten seconds on average, well within the relay's time-out. */
const ROUNDS_WITHOUT_PROGRESS = 8;
const BACKOFF = { base: 100, cap: 5_000 };

/** The events of one record that are still to be published, oldest first. */
interface Line {
  readonly recordId: string;
  readonly events: OutgoingEvent[];
}

/** How many events were published, and how many set aside. */
export interface PublishCount {
  readonly published: number;
  readonly setAside: number;
}

/**
 * Publishes the outboxes of records.
 *
 * Each round sends the next event of every record, in calls that are made side by side: so the events of one record leave in
 * their order, and one that fails holds back only those behind it. Failed entries are sent again with back-off; refused ones are
 * set aside and the rest flows.
 *
 * @throws Error when nothing moves any more: whoever called must call again with the same records
 */
export async function publish(records: readonly ProcessedRecord[], publisher: Publisher): Promise<PublishCount> {
  let lines = records.filter(({ outbox }) => outbox).map(toLine);
  const count = { published: 0, setAside: 0 };
  for (let idleRounds = 0; lines.length > 0; ) {
    // What one call throws is thrown when the others are over: nothing goes on behind the back of who called.
    const rounds = await Promise.allSettled(calls(lines).map((call) => makeCall(call, publisher)));
    const results = rounds.map((round) => {
      if (round.status === 'rejected') throw round.reason;
      return round.value;
    });
    for (const { published, setAside } of results) {
      count.published += published;
      count.setAside += setAside;
    }
    lines = lines.filter(({ events }) => events.length > 0);
    const failure = results.find((result) => result.failure !== undefined)?.failure;
    if (failure === undefined) continue;
    idleRounds = results.some(({ published, setAside }) => published + setAside > 0) ? 1 : idleRounds + 1;
    if (idleRounds > ROUNDS_WITHOUT_PROGRESS) {
      throw new Error(`Publishing stopped after ${idleRounds} rounds without progress: ${failure}`);
    }
    await publisher.sleep(fullJitter(idleRounds, BACKOFF, publisher.random));
  }
  return count;
}

/** Events that are sent together, each at the head of its line. */
type Call = readonly { readonly line: Line; readonly event: OutgoingEvent }[];

/** Sends one call's events. What has left, or was set aside, is taken out of its line. */
async function makeCall(call: Call, publisher: Publisher): Promise<PublishCount & { readonly failure?: string }> {
  const results = await publisher.send(call.map(({ event }) => event));
  const count = { published: 0, setAside: 0 };
  let failure: string | undefined;
  for (const [index, { line, event }] of call.entries()) {
    const result = results[index] ?? { kind: 'failed', error: 'there was no answer for this entry' };
    if (result.kind === 'failed') {
      failure = result.error;
      continue;
    }
    if (result.kind === 'refused') {
      await publisher.setAside(event, line.recordId, result.error);
      publisher.log.error('set aside', logged(event, line, result.error));
      count.setAside++;
    } else {
      publisher.log.info('published', logged(event, line));
      count.published++;
    }
    line.events.shift();
  }
  return { ...count, failure };
}

function toLine({ id, outbox = '[]' }: ProcessedRecord): Line {
  return { recordId: id, events: JSON.parse(outbox) as OutgoingEvent[] };
}

/** The next event of every line, in calls as large as the bus takes them. */
function calls(lines: readonly Line[]): Call[] {
  const all: { line: Line; event: OutgoingEvent }[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const line of lines) {
    const [event] = line.events;
    if (!event) continue;
    const size = Buffer.byteLength(JSON.stringify(event));
    let last = all.at(-1);
    if (!last || last.length === ENTRIES_PER_CALL || bytes + size > BYTES_PER_CALL) {
      last = [];
      all.push(last);
      bytes = 0;
    }
    last.push({ line, event });
    bytes += size;
  }
  return all;
}

function logged({ name, detail: { metadata } }: OutgoingEvent, { recordId }: Line, error?: string) {
  const { id: eventId, correlationId, causationId, traceparent } = metadata;
  return { event: name, eventId, correlationId, causationId, traceparent, recordId, ...(error && { error }) };
}
