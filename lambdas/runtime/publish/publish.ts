import type { OutgoingEvent } from '../events/envelope';
import { type OutboxRecord, readOutbox, type Unreadable } from '../events/outbox';
import { fullJitter, type Random } from '../retry';
import type { Log } from '../runtime';
import { channelLimits, entryBytes } from './sizes';

/** The result of sending one event. */
export type EntryResult =
  | { readonly kind: 'published' }
  /** A transient failure: throttling, an internal failure, no answer. */
  | { readonly kind: 'failed'; readonly error: string }
  /** A permanent failure. */
  | { readonly kind: 'refused'; readonly error: string };

/** The channels and the clock that publishing uses. */
export interface Publisher {
  /** Sends at most {@link ENTRIES_PER_CALL} events. Returns their results in the same order. Throws nothing. */
  send(events: readonly OutgoingEvent[]): Promise<readonly EntryResult[]>;
  /** Parks an event that its channel refuses permanently, with the key of its record. */
  setAside(event: OutgoingEvent, recordId: string, error: string): Promise<void>;
  /** Parks a part of an outbox that is no event, with the key of its record. */
  setAsideUnreadable(part: Unreadable, recordId: string): Promise<void>;
  /** Waits, in milliseconds. */
  sleep(milliseconds: number): Promise<void>;
  readonly random: Random;
  readonly log: Log;
}

/** EventBridge: at most ten entries in one `PutEvents` call. SNS: at most ten messages in one `PublishBatch` call. */
const ENTRIES_PER_CALL = 10;

/** With {@link BACKOFF} ten seconds on average, well within the relay's timeout of a minute. */
const ROUNDS_WITHOUT_PROGRESS = 8;
/** Milliseconds between two rounds. */
const BACKOFF = { base: 100, cap: 5_000 };

/** The events of one record that are still to be published, oldest first. */
interface Line {
  readonly recordId: string;
  readonly events: OutgoingEvent[];
}

/** The numbers of events that were published, and that were parked on the relay's dead-letter queue. */
export interface PublishCount {
  readonly published: number;
  readonly setAside: number;
}

/**
 * Publishes the outboxes of records.
 *
 * Each round sends the next event of every record, in parallel calls. So the events of one record are sent in order, and a failed
 * event delays only the events behind it. Failed events are retried with backoff. Refused events, and parts of an outbox that are
 * no events, are parked on the relay's dead-letter queue, and the others continue.
 *
 * @throws Error when several rounds in a row had no progress. The caller retries with the same records
 */
export async function publish(records: readonly OutboxRecord[], publisher: Publisher): Promise<PublishCount> {
  const count = { published: 0, setAside: 0 };
  let lines: Line[] = [];
  for (const record of records) {
    const { id } = record;
    const { events, unreadable } = readOutbox(record);
    for (const part of unreadable) {
      await publisher.setAsideUnreadable(part, id);
      publisher.log.error('set aside', { recordId: id, error: part.problem });
      count.setAside++;
    }
    lines.push({ recordId: id, events: [...events] });
  }
  for (let idleRounds = 0; lines.length > 0; ) {
    // An error of one call is thrown after the other calls have ended, so that none of them continues in the background.
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

/** Events that are sent together. Each is the first of its line. */
type Call = readonly { readonly line: Line; readonly event: OutgoingEvent }[];

const NO_ANSWER: EntryResult = { kind: 'failed', error: 'there was no answer for this entry' };

/** Sends the events of one call. Removes published and parked events from their lines. */
async function makeCall(call: Call, publisher: Publisher): Promise<PublishCount & { readonly failure?: string }> {
  const results = await publisher.send(call.map(({ event }) => event));
  const entries = call.map((entry, index) => ({ ...entry, result: results[index] ?? NO_ANSWER }));
  const published = entries.filter(({ result }) => result.kind === 'published');
  // CloudWatch charges by the byte, and a line for each event would repeat the time and the service.
  if (published.length > 0) publisher.log.info('published', { events: published.map(({ event }) => logged(event)) });
  for (const { line } of published) line.events.shift();
  let setAside = 0;
  let failure: string | undefined;
  for (const { line, event, result } of entries) {
    if (result.kind === 'failed') failure = result.error;
    if (result.kind !== 'refused') continue;
    await publisher.setAside(event, line.recordId, result.error);
    publisher.log.error('set aside', { ...logged(event), recordId: line.recordId, error: result.error });
    line.events.shift();
    setAside++;
  }
  return { published: published.length, setAside, failure };
}

/** Groups the next event of every line into calls that are as large as EventBridge accepts them. */
function calls(lines: readonly Line[]): Call[] {
  const all: { line: Line; event: OutgoingEvent }[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const line of lines) {
    const [event] = line.events;
    if (!event) continue;
    // An event alone has a call of its own, whatever its size.
    const size = lines.length > 1 ? entryBytes(event) : 0;
    let last = all.at(-1);
    if (!last || last.length === ENTRIES_PER_CALL || bytes + size > channelLimits.bus) {
      last = [];
      all.push(last);
      bytes = 0;
    }
    last.push({ line, event });
    bytes += size;
  }
  return all;
}

/** The record, which `ops -- trace` reads, has the rest of the event's metadata. */
function logged({ name, detail: { metadata } }: OutgoingEvent) {
  const { id: eventId, correlationId } = metadata;
  return { event: name, eventId, correlationId };
}
