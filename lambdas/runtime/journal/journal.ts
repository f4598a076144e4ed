import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import type { JournalEntry } from './entry';
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
    const entries = new Map<string, JournalEntry>();
    const messagesOf = new Map<string, SQSRecord[]>();
    for (const message of messages) {
      for (const entry of toEntries(message, this.idFields)) {
        const place = placeOf(entry);
        if (this.writtenIds.has(place)) continue;
        // A call must not have the same key twice.
        entries.set(place, entry);
        messagesOf.set(place, [...(messagesOf.get(place) ?? []), message]);
      }
    }
    const unwritten = entries.size > 0 ? await this.write([...entries.values()]) : new Set();
    const failed = new Set<string>();
    for (const [place, entry] of entries) {
      if (!unwritten.has(entry)) this.remember(place, entry);
      else for (const { messageId } of messagesOf.get(place) ?? []) failed.add(messageId);
    }
    return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
  }

  private remember(place: string, entry: JournalEntry): void {
    if ('id' in entry) return;
    this.writtenIds.add(place);
    const [oldest] = this.writtenIds;
    if (this.writtenIds.size > REMEMBERED_IDS && oldest !== undefined) this.writtenIds.delete(oldest);
  }
}

function placeOf({ key, entry }: JournalEntry): string {
  return JSON.stringify([key, entry]);
}
