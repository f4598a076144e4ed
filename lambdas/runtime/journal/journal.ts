import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import type { JournalEntry } from './entry';
import { type ReadEvent, readEvents } from './read-event';
import { toEntries } from './to-entries';

/** Writes items and overwrites equal ones. @returns those that could not be written */
export type WriteEntries = (entries: readonly JournalEntry[]) => Promise<ReadonlySet<JournalEntry>>;

/** Ids that this instance has written lately. A flow has the same id in many events, and is found by it after the first. */
const REMEMBERED_IDS = 10_000;

/**
 * Writes messages to the journal. Writing a message again changes nothing, so a batch can be repeated as a whole or in part.
 */
export class Journal {
  private readonly writtenIds = new Set<string>();

  /** @param idFields names of fields in events' data whose values are ids */
  constructor(
    private readonly write: WriteEntries,
    private readonly idFields: readonly string[],
  ) {}

  /** @returns the messages that must be delivered again */
  async record(messages: readonly SQSRecord[]): Promise<SQSBatchResponse> {
    const read = new Map<string, ReadEvent>();
    const messagesOf = new Map<string, SQSRecord[]>();
    for (const message of messages) {
      for (const one of readEvents(message, this.idFields)) {
        const { id } = one.event;
        read.set(id, one);
        messagesOf.set(id, [...(messagesOf.get(id) ?? []), message]);
      }
    }
    const drafts = toEntries([...read.values()]).filter(({ item }) => !this.writtenIds.has(placeOf(item)));
    const unwritten = drafts.length > 0 ? await this.write(drafts.map(({ item }) => item)) : new Set();
    const failed = new Set<string>();
    for (const { item, events } of drafts) {
      if (!unwritten.has(item)) this.remember(item);
      else for (const { messageId } of events.flatMap(({ id }) => messagesOf.get(id) ?? [])) failed.add(messageId);
    }
    return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
  }

  private remember(item: JournalEntry): void {
    if (item.events !== undefined) return;
    this.writtenIds.add(placeOf(item));
    const [oldest] = this.writtenIds;
    if (this.writtenIds.size > REMEMBERED_IDS && oldest !== undefined) this.writtenIds.delete(oldest);
  }
}

function placeOf({ key, entry }: JournalEntry): string {
  return JSON.stringify([key, entry]);
}
