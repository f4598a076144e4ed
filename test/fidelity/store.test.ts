import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as fc from 'fast-check';
import { Lifetime } from '../../cli/lifetime';
import { SdkClients } from '../../deployed/clients';
import { PermanentError } from '../../lambdas/runtime/errors';
import { checkWrite } from '../../lambdas/runtime/store/limits';
import { type Ref, type Store, TransactionCancelled, type Write } from '../../lambdas/runtime/store/store';
import { MemoryStore } from '../support/memory-store';
import { openNotes } from '../support/notes-table';
import { describeStore } from '../support/store-suite';
import { dynamoDbLocalJar, startDynamoDbLocal } from './dynamodb-local';
import { startMiniStack } from './ministack';
import { startMoto } from './moto';
import { installedTools } from './tools';

/** A DynamoDB that the store is compared with. */
interface Opinion {
  readonly name: string;
  /** Whether its tests are skipped. @default false */
  readonly isMissing?: boolean;
  /** Starts it. @returns its endpoint; undefined when it is missing */
  readonly start: (lifetime: Lifetime) => Promise<string | undefined>;
  /** The calls of the store's suite that it accepts although DynamoDB refuses them. @default none */
  readonly accepts?: readonly string[];
  /** Whether it executes statements in PartiQL. @default true */
  readonly hasStatements?: boolean;
  /** Whether it is known to decide like DynamoDB on a call. @default always */
  readonly decides?: (call: Drawn) => boolean;
}

/** The endpoint of one more DynamoDB: DynamoDB Local in a container, or DynamoDB itself. */
const OTHER = process.env.DYNAMODB_ENDPOINT;
const JAR = dynamoDbLocalJar();
const RUNS = 50;

const { python } = installedTools();
const opinions: readonly Opinion[] = [
  {
    name: 'moto',
    isMissing: python === undefined,
    start: (lifetime) => startMoto(python ?? '', lifetime),
    accepts: ['no writes', 'a range that ends before it begins', 'a query with limit 0'],
    // Its PartiQL is experimental: an update of an item that has changed succeeds, and does nothing.
    hasStatements: false,
    // moto fails to compare a text with a number, where the condition is false, and accepts ranges that end before they begin.
    decides: ({ writes = [], isEach, range }) =>
      !isEach &&
      writes.every((one) => one.kind !== 'adjust' || one.attribute !== 'text' || one.floor === undefined) &&
      (range === undefined || Buffer.compare(Buffer.from(range.from ?? ''), Buffer.from(range.upTo)) <= 0),
  },
  { name: 'the emulator', start: startMiniStack },
  ...(JAR === undefined
    ? []
    : [{ name: 'DynamoDB Local', start: (lifetime: Lifetime) => startDynamoDbLocal(JAR, lifetime) }]),
  ...(OTHER === undefined ? [] : [{ name: OTHER, start: async () => OTHER }]),
];

describe.each(opinions.filter(({ isMissing }) => !isMissing))(
  'on $name',
  ({ start, accepts, hasStatements, decides = () => true }) => {
    const lifetime = new Lifetime();
    let client: DynamoDBClient | undefined;
    let tables = 0;
    beforeAll(async () => {
      const endpoint = await start(lifetime);
      client = endpoint === undefined ? undefined : new SdkClients(endpoint).of(DynamoDBClient);
    });
    afterAll(() => lifetime.end());
    // Without the emulator, memory is compared with itself.
    const open = () => (client ? openNotes(client, `notes-${process.pid}-${tables++}`) : new MemoryStore());

    describeStore('the store on DynamoDB', open, { accepts, hasStatements });

    it('does what the store in memory does, call by call', async () => {
      const call = fc
        .oneof(...[writes, eachWrite].map((arbitrary) => ({ weight: 3, arbitrary })), query, loads)
        .filter(decides);
      const calls = fc.array(call, { minLength: 1, maxLength: 12 });
      const property = fc.asyncProperty(calls, async (all) => {
        const [memory, table] = [new MemoryStore(), await open()];
        for (const { make } of all) expect(await resultOf(make, table)).toEqual(await resultOf(make, memory));
      });
      await fc.assert(property, { numRuns: RUNS });
    });
  },
);

type Call = (store: Store) => Promise<unknown>;

/** A random call, and what it was made of. */
interface Drawn {
  readonly make: Call;
  readonly writes?: readonly Write[];
  /** Whether each write is for itself. @default false */
  readonly isEach?: boolean;
  readonly range?: { readonly from?: string; readonly upTo: string };
}

/** The outcome of a call, in a form that does not depend on the wording of errors. */
async function resultOf(call: Call, store: Store): Promise<unknown> {
  try {
    return { returns: await call(store) };
  } catch (error) {
    if (error instanceof TransactionCancelled) return { cancelled: error.outcomes };
    if (error instanceof PermanentError) return { refused: error.reason };
    throw error;
  }
}

const id = fc.constantFrom('a', 'b', 'c', 'd');
const note = (one: string): Ref => ({ table: 'notes', key: { id: one }, indexes: [{ key: 'part', sortKey: 'due' }] });
/** Strings whose order by UTF-16 differs from that by bytes, and ones with many bytes for a character. */
const due = fc.constantFrom('1', '2', '2026-01-01', 'ä', '\ud800\udc00', '\ufb01', 'z'.repeat(1_024));
const count = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constantFrom(0.1, -0.001));
const extremes = fc.constantFrom<fc.JsonValue>([], {}, [[]], [null, false], Number.MAX_SAFE_INTEGER, 1e-130);
const attributes = fc.record(
  {
    ...{ part: fc.constantFrom('p', 'q'), due, count },
    text: fc.oneof(fc.string(), fc.constantFrom('', '𝄞', '\u00a0', undefined)),
    more: fc.oneof(fc.jsonValue({ maxDepth: 3, depthSize: 'small' }), extremes),
  },
  { requiredKeys: [] },
);
const expected = fc.oneof(fc.constant('absent' as const), fc.integer({ min: 1, max: 4 }));
const adjusted = { attribute: fc.constantFrom('count', 'text', 'other'), by: fc.integer({ min: -3, max: 3 }) };
const floor = fc.option(fc.integer({ min: -2, max: 3 }), { nil: undefined });
const write: fc.Arbitrary<Write> = fc.oneof(
  fc.record({ kind: fc.constant('create' as const), ref: id.map(note), item: attributes }).map(keyed),
  fc.record({ kind: fc.constant('put' as const), ref: id.map(note), item: attributes, expected }).map(keyed),
  fc.record({ kind: fc.constant('adjust' as const), ref: id.map(note), ...adjusted, floor }),
);
// The unit of work checks each write before it is staged, so no store receives what this check refuses.
const writes = fc
  .array(write, { minLength: 1, maxLength: 4 })
  .filter((all) => all.every(isStageable))
  .map((all) => named(JSON.stringify(all), { writes: all, make: (store) => store.transact(all) }));
const eachWrite = fc
  .uniqueArray(write.filter(isStageable), { minLength: 1, selector: ({ ref }) => ref.key.id })
  .map((all) => {
    const make: Call = async (store) => {
      const found = await store.load(all.map(({ ref }) => ref));
      const staged = all.map((one, index) =>
        one.kind === 'put' ? { ...one, replaced: found[index]?.attributes ?? [] } : one,
      );
      const errors = await store.writeEach(staged);
      return Promise.all(
        errors.map((error) => resultOf(() => (error ? Promise.reject(error) : Promise.resolve()), store)),
      );
    };
    return named(`each of ${JSON.stringify(all)}`, { writes: all, isEach: true, make });
  });
const loads = fc
  .uniqueArray(id, { minLength: 1 })
  .map((ids) => named(`load ${ids}`, { make: (store) => loadAll(store, ids.map(note)) }));
const query = fc
  .record({ value: fc.constantFrom('p', 'q'), from: fc.option(due, { nil: undefined }), upTo: due })
  .map(({ value, from, upTo }) => {
    const sort = { attribute: 'due', from, upTo };
    const partition = { attribute: 'part', value };
    const make: Call = async (store) =>
      byDue((await store.query({ table: 'notes', index: 'by-due', partition, sort, limit: 10 })) as Due[]);
    return named(`query ${value} ${from} ${upTo}`, { range: sort, make });
  });

interface Due {
  readonly id: string;
  readonly due: string;
}

/** The order among equal sort keys is not defined. */
function byDue(items: readonly Due[]): unknown {
  const order = [...new Set(items.map((one) => one.due))];
  return order.map((one) => items.filter((item) => item.due === one).sort((a, b) => (a.id < b.id ? -1 : 1)));
}

function keyed<W extends Write & { readonly item: object }>(one: W): W {
  return { ...one, item: { ...one.item, ...one.ref.key } };
}

function isStageable(one: Write): boolean {
  try {
    return checkWrite(one) > 0;
  } catch {
    return false;
  }
}

/** Loads items without the names of their attributes, which the store in memory does not know. */
async function loadAll(store: Store, refs: readonly Ref[]): Promise<unknown> {
  return (await store.load(refs)).map((found) => found && { ...found, attributes: undefined });
}

/** Shows the call when a comparison fails. */
function named(text: string, call: Drawn): Drawn {
  return Object.assign(call, { [fc.toStringMethod]: () => text });
}
