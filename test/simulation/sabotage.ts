import {
  type AttributeValue,
  BatchGetItemCommand,
  GetItemCommand,
  PutItemCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import type { ConsumerRuntime } from '../../lambdas/runtime/runtime';
import { TransactionCancelled, type Write, writeOneByOne } from '../../lambdas/runtime/store/store';
import { serviceOf } from './stream';
import type { Sabotage, SimulatedSubscription } from './system';

/** Sabotages of the core that every simulation must detect. Each removes one mechanism behind the guarantees. */
export const coreSabotages = {
  'a record is written even if it exists': changeWrites((write, current) =>
    isRecord(write) ? { ...write, kind: 'put', expected: current ?? 'absent' } : write,
  ),
  'an item is written even if it has changed': changeWrites((write, current) =>
    write.kind === 'put' && !isRecord(write) ? { ...write, expected: current ?? 'absent' } : write,
  ),
  'a number may fall below its floor': changeWrites((write) =>
    write.kind === 'adjust' ? { ...write, floor: undefined } : write,
  ),
  'a group forgets its last message': {
    runtime: (runtime) =>
      withTransact(runtime, (writes) => {
        const last = writes.findLastIndex(keepsRecord);
        return runtime.store.transact(last > 0 ? writes.slice(0, last) : writes);
      }),
  },
  'a group that is cancelled counts as committed': {
    runtime: (runtime) =>
      withTransact(runtime, (writes) =>
        runtime.store.transact(writes).catch((error) => {
          if (writes.filter(keepsRecord).length < 2) throw error;
        }),
      ),
  },
  'a batch of single writes acknowledges a refused one': {
    runtime: ({ store, ...runtime }) => ({
      ...runtime,
      store: {
        load: (refs) => store.load(refs),
        query: (query) => store.query(query),
        transact: (writes) => store.transact(writes),
        writeEach: async (writes) => (await store.writeEach(writes)).map(() => undefined),
      },
    }),
  },
  'a sum passes the floor that each of its parts keeps': changeWrites((write, _current, writes) =>
    write.kind === 'adjust' && writes.filter(keepsRecord).length > 1 ? { ...write, floor: undefined } : write,
  ),
  'an inbox forgets what it has received': changeWrites((write) =>
    write.kind === 'put' && write.receipts ? { ...write, receipts: [] } : write,
  ),
  'events are published before the transaction': {
    runtime: (runtime, world, consumer) =>
      withTransact(runtime, (writes) => {
        world.services.publish(serviceOf(consumer), writes);
        return runtime.store.transact(writes);
      }),
  },
  'a message is acknowledged although its work failed': changeRun(({ run }) => async (...input) => {
    await run(...input);
    return { batchItemFailures: [] };
  }),
  'a dead letter is acknowledged and not stored': {
    runtime: ({ queue, ...runtime }) => ({
      ...runtime,
      queue: { park: async () => {}, defer: queue.defer.bind(queue), delay: queue.delay.bind(queue) },
    }),
  },
  'an entry that the bus refused counts as published': {
    publisher: (publisher) => ({
      ...publisher,
      send: async (events) => (await publisher.send(events)).map(() => ({ kind: 'published' })),
    }),
  },
  'a batch of the stream is not read again after its relay crashed': { forgetfulStream: true },
  'the relay swallows failures': {
    relay: (relay) => (event) => relay(event).catch(() => ({ batchItemFailures: [] })),
  },
  'the relay drops every record but the first of a batch': {
    relay:
      (relay) =>
      ({ Records }) =>
        relay({ Records: Records.slice(0, 1) }),
  },
  'the relay drops the last event of an outbox': {
    relay:
      (relay) =>
      ({ Records }) =>
        relay({ Records: Records.map(withoutLastEvent) }),
  },
  'the relay drops the records behind the fiftieth of a batch': {
    needs: { size: 150 },
    relay:
      (relay) =>
      ({ Records }) =>
        relay({ Records: Records.slice(0, 50) }),
  },
  'the relay gives up in a long outage': {
    relay: (relay) => (event) =>
      relay(event).catch((error: Error) => {
        if (!error.message.includes('without progress')) throw error;
        return { batchItemFailures: [] };
      }),
  },
  'what a stream or a queue has lost is not published again': {
    needs: { faults: { stopped: 100 } },
    neverRepublishes: true,
  },
  'reads are not consistent': {
    dynamoDb: (command) => {
      if (command instanceof GetItemCommand) return new GetItemCommand({ ...command.input, ConsistentRead: false });
      if (!(command instanceof BatchGetItemCommand)) return command;
      const RequestItems = Object.fromEntries(
        Object.entries(command.input.RequestItems ?? {}).map(([table, keys]) => [
          table,
          { ...keys, ConsistentRead: false },
        ]),
      );
      return new BatchGetItemCommand({ RequestItems });
    },
  },
  'a transaction without an answer counts as committed': {
    runtime: (runtime) =>
      withTransact(runtime, (writes) =>
        runtime.store.transact(writes).catch((error: Error) => {
          if (error.name !== 'TimeoutError') throw error;
        }),
      ),
  },
  'a throttled transaction counts as committed': {
    runtime: (runtime) =>
      withTransact(runtime, (writes) =>
        runtime.store.transact(writes).catch((error) => {
          if (!(error instanceof TransactionCancelled) || !error.outcomes.includes('throttled')) throw error;
        }),
      ),
  },
  'an adjustment is added twice': changeWrites((write) =>
    write.kind === 'adjust' ? { ...write, by: 2 * write.by } : write,
  ),
  'only the first failed message of a batch is retried': changeRun(({ run }) => async (...input) => {
    const { batchItemFailures } = await run(...input);
    return { batchItemFailures: batchItemFailures.slice(0, 1) };
  }),
  'records expire after 30 hours': {
    dynamoDb: changePuts((item) =>
      item.expiresAt && item.processedAt?.S
        ? { ...item, expiresAt: { N: String(Math.floor(Date.parse(item.processedAt.S) / 1_000) + 30 * 60 * 60) } }
        : item,
    ),
  },
  'records are born expired': {
    dynamoDb: changePuts((item) => (item.expiresAt ? { ...item, expiresAt: { N: '1' } } : item)),
  },
  'records expire after a minute': {
    dynamoDb: changePuts((item) =>
      item.expiresAt && item.processedAt?.S
        ? { ...item, expiresAt: { N: String(Math.floor(Date.parse(item.processedAt.S) / 1_000) + 60) } }
        : item,
    ),
  },
  'a transaction is written without its conditions': {
    dynamoDb: (command) =>
      command instanceof TransactWriteItemsCommand
        ? new TransactWriteItemsCommand({ TransactItems: command.input.TransactItems?.map(withoutCondition) })
        : command,
  },
  'a transaction forgets its last write': {
    dynamoDb: (command) =>
      command instanceof TransactWriteItemsCommand
        ? new TransactWriteItemsCommand({ TransactItems: command.input.TransactItems?.slice(0, -1) })
        : command,
  },
  'the record is not in the transaction': {
    dynamoDb: (command) =>
      command instanceof TransactWriteItemsCommand && (command.input.TransactItems?.length ?? 0) > 1
        ? new TransactWriteItemsCommand({ TransactItems: command.input.TransactItems?.slice(1) })
        : command,
  },
} satisfies Readonly<Record<string, Sabotage>>;

/** A sabotage of one subscription's function. */
export function changeRun(change: (subscription: SimulatedSubscription) => SimulatedSubscription['run']): Sabotage {
  return { subscription: (subscription) => ({ ...subscription, run: change(subscription) }) };
}

/** Changes each write before the store applies it. `change` gets the stored version and all writes of the transaction. */
export function changeWrites(
  change: (write: Write, current: number | undefined, writes: readonly Write[]) => Write,
): Sabotage {
  return {
    runtime: (runtime) =>
      withTransact(runtime, async (writes) => {
        const current = await runtime.store.load(writes.map(({ ref }) => ref));
        return runtime.store.transact(writes.map((write, index) => change(write, current[index]?.version, writes)));
      }),
  };
}

/** Replaces the transactions of a function's store. */
export function withTransact(
  runtime: ConsumerRuntime,
  transact: (writes: readonly Write[]) => Promise<void>,
): ConsumerRuntime {
  const { store } = runtime;
  const writeEach = (writes: readonly Write[]) => writeOneByOne(writes, (write) => transact([write]));
  return {
    ...runtime,
    store: { load: (refs) => store.load(refs), query: (query) => store.query(query), transact, writeEach },
  };
}

/** Changes each item of a put before DynamoDB applies it. */
function changePuts(change: (item: Record<string, AttributeValue>) => Record<string, AttributeValue>) {
  return (command: object): object => {
    if (command instanceof PutItemCommand && command.input.Item) {
      return new PutItemCommand({ ...command.input, Item: change(command.input.Item) });
    }
    if (!(command instanceof TransactWriteItemsCommand)) return command;
    return new TransactWriteItemsCommand({
      TransactItems: command.input.TransactItems?.map((write) =>
        write.Put?.Item ? { Put: { ...write.Put, Item: change(write.Put.Item) } } : write,
      ),
    });
  };
}

function withoutCondition(write: TransactWriteItem): TransactWriteItem {
  const { Put, Update } = write;
  if (Put) return { Put: { TableName: Put.TableName, Item: Put.Item } };
  return Update ? { Update: { ...Update, ConditionExpression: undefined } } : write;
}

/** Takes the last event of an outbox out of a record, or out of the last receipt of an item. */
function withoutLastEvent(record: DynamoDBRecord): DynamoDBRecord {
  const { outbox, _receipts, ...image } = record.dynamodb?.NewImage ?? {};
  const receipts = _receipts?.L?.map(({ S = '' }, index, { length }) => ({
    S: index === length - 1 ? S.replace(/(?<= ){.*}$/, (json) => shorten(json, ({ outbox }) => outbox)) : S,
  }));
  const shortened = {
    ...(outbox?.S && { outbox: { S: shorten(outbox.S, (whole) => whole) } }),
    ...(receipts && { _receipts: { L: receipts } }),
  };
  return { ...record, dynamodb: { ...record.dynamodb, NewImage: { ...image, ...shortened } } };
}

interface Events {
  events?: unknown[];
  outbox?: Events;
}

function shorten(json: string, outboxOf: (whole: Events) => Events | undefined): string {
  const whole = JSON.parse(json) as Events;
  outboxOf(whole)?.events?.pop();
  return JSON.stringify(whole);
}

/** Whether a write is the one that has the record of its unit of work: of a table, or of an inbox. */
function keepsRecord(write: Write): boolean {
  return isRecord(write) || (write.kind !== 'adjust' && write.hasRecord === true);
}

function isRecord(write: Write): write is Write & { kind: 'create' } {
  return write.kind === 'create' && write.ref.table === 'records';
}
