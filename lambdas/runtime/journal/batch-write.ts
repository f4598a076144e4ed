import { BatchWriteItemCommand, type DynamoDBClient, type WriteRequest } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { fullJitter } from '../retry';
import type { JournalEntry } from './entry';
import type { WriteEntries } from './journal';

/** DynamoDB: at most 25 items in one call. */
const ITEMS_PER_CALL = 25;
/** Tries of a call whose items were throttled, within the function's timeout. */
const TRIES = 5;
/** Milliseconds between two tries. */
const BACKOFF = { base: 50, cap: 1_000 };

/** Writes entries to a table, 25 in one call. */
export function batchWriter(client: DynamoDBClient, table: string): WriteEntries {
  return async (entries) => {
    const batches: JournalEntry[][] = [];
    for (let from = 0; from < entries.length; from += ITEMS_PER_CALL)
      batches.push(entries.slice(from, from + ITEMS_PER_CALL));
    const unwritten = await Promise.all(batches.map((batch) => writeBatch(client, table, batch)));
    return new Set(unwritten.flat());
  };
}

/** @returns the entries that were not written */
async function writeBatch(client: DynamoDBClient, table: string, batch: JournalEntry[]): Promise<JournalEntry[]> {
  let requests: WriteRequest[] = batch.map((entry) => ({ PutRequest: { Item: marshall(entry) } }));
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    if (attempt > 1) await sleep(fullJitter(attempt - 1, BACKOFF, Math.random));
    const { UnprocessedItems = {} } = await client.send(
      new BatchWriteItemCommand({ RequestItems: { [table]: requests } }),
    );
    requests = UnprocessedItems[table] ?? [];
    if (requests.length === 0) return [];
  }
  const left = new Set(requests.map(({ PutRequest }) => keyOf(PutRequest?.Item?.key?.S, PutRequest?.Item?.entry?.S)));
  return batch.filter(({ key, entry }) => left.has(keyOf(key, entry)));
}

function keyOf(key: string | undefined, entry: string | undefined): string {
  return JSON.stringify([key, entry]);
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((wake) => setTimeout(wake, milliseconds));
}
