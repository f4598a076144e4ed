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
import { startMoto } from './moto';
import { installedTools } from './tools';

/** The endpoint of a DynamoDB other than moto's, for example DynamoDB Local or DynamoDB itself. It must be stricter than moto. */
const OTHER = process.env.DYNAMODB_ENDPOINT;
/** Calls that moto accepts and DynamoDB refuses. The emulator of the local cloud refuses them. */
const MOTO_ACCEPTS = ['no writes', 'a range that ends before it begins', 'a query with limit 0'];
const RUNS = 50;

const { python } = installedTools();

(python || OTHER ? describe : describe.skip)(OTHER ? `on ${OTHER}` : 'on moto', () => {
  const lifetime = new Lifetime();
  let client: DynamoDBClient;
  let tables = 0;
  beforeAll(async () => {
    client = new SdkClients(OTHER ?? (await startMoto(python ?? '', lifetime))).of(DynamoDBClient);
  });
  afterAll(() => lifetime.end());
  const open = () => openNotes(client, `notes-${process.pid}-${tables++}`);

  describeStore('the store on DynamoDB', open, { accepts: OTHER ? [] : MOTO_ACCEPTS });

  it('does what the store in memory does, call by call', async () => {
    const calls = fc.array(fc.oneof({ weight: 4, arbitrary: writes }, { weight: 1, arbitrary: query }, loads), {
      minLength: 1,
      maxLength: 12,
    });
    const property = fc.asyncProperty(calls, async (all) => {
      const [memory, table] = [new MemoryStore(), await open()];
      for (const call of all) expect(await resultOf(call, table)).toEqual(await resultOf(call, memory));
    });
    await fc.assert(property, { numRuns: RUNS });
  });
});

type Call = (store: Store) => Promise<unknown>;

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
  fc
    .record({ kind: fc.constant('adjust' as const), ref: id.map(note), ...adjusted, floor })
    // moto fails to compare a text with a number; for DynamoDB the condition is false.
    .filter((one) => one.attribute !== 'text' || one.floor === undefined || OTHER !== undefined),
);
// The unit of work checks each write before it is staged, so no store receives what this check refuses.
const writes = fc
  .array(write, { minLength: 1, maxLength: 4 })
  .filter((all) => all.every(isStageable))
  .map((all) => named<Call>(JSON.stringify(all), (store) => store.transact(all)));
const loads = fc
  .uniqueArray(id, { minLength: 1 })
  .map((ids) => named<Call>(`load ${ids}`, (store) => store.load(ids.map(note))));
const query = fc
  .record({ value: fc.constantFrom('p', 'q'), from: fc.option(due, { nil: undefined }), upTo: due })
  .filter(({ from = '', upTo }) => OTHER !== undefined || Buffer.compare(Buffer.from(from), Buffer.from(upTo)) <= 0)
  .map(({ value, from, upTo }) =>
    named<Call>(`query ${value} ${from} ${upTo}`, async (store) => {
      const sort = { attribute: 'due', from, upTo };
      const found = await store.query({
        table: 'notes',
        index: 'by-due',
        partition: { attribute: 'part', value },
        sort,
        limit: 10,
      });
      return byDue(found as { id: string; due: string }[]);
    }),
  );

/** The order among equal sort keys is not defined. */
function byDue(items: readonly { readonly id: string; readonly due: string }[]): unknown {
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

/** Shows the call when a comparison fails. */
function named<T extends Call>(text: string, call: T): T {
  return Object.assign(call, { [fc.toStringMethod]: () => text });
}
