import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchLoads } from '../../../lambdas/runtime/store/batch-loads';
import { DynamoDbStore } from '../../../lambdas/runtime/store/dynamodb-store';
import type { Loaded, Ref } from '../../../lambdas/runtime/store/store';

const note = (id: string): Ref => ({ table: 'notes', key: { id } });
const loaded = (id: string): Loaded => ({ item: { id }, version: 1 });
const idOf = ({ key }: Ref) => key.id ?? '';

describe('batchLoads', () => {
  const requests: string[][] = [];
  const read = async (refs: readonly Ref[]) => {
    requests.push(refs.map(idOf));
    if (refs.some((ref) => idOf(ref) === '')) throw new Error('invalid');
    if (refs.some((ref) => idOf(ref) === 'down')) throw new Error('down');
    return refs.map((ref) => (idOf(ref) === 'nobody' ? undefined : loaded(idOf(ref))));
  };
  const loadAll = batchLoads(read, (error) => (error as Error).message === 'invalid');
  const load = async (ref: Ref) => (await loadAll([ref]))[0];

  beforeEach(() => requests.splice(0));

  it('reads what is requested at the same moment in one request, each item once', async () => {
    const found = await Promise.all(['a', 'nobody', 'a', 'b'].map((id) => load(note(id))));
    expect(found).toEqual([loaded('a'), undefined, loaded('a'), loaded('b')]);
    expect(requests).toEqual([['a', 'nobody', 'b']]);
  });

  it('answers each request in its own order, and one without items at once', async () => {
    const [some, none, others] = await Promise.all([
      loadAll(['b', 'a'].map(note)),
      loadAll([]),
      loadAll(['c', 'b', 'c'].map(note)),
    ]);
    expect([some, none, others]).toEqual([[loaded('b'), loaded('a')], [], [loaded('c'), loaded('b'), loaded('c')]]);
    expect(requests).toEqual([['b', 'a', 'c']]);
  });

  it('reads an item again the next time', async () => {
    await load(note('a'));
    await load(note('a'));
    expect(requests).toEqual([['a'], ['a']]);
  });

  it('reads at most 100 items in one request', async () => {
    await Promise.all(Array.from({ length: 250 }, (_, index) => load(note(`n${index}`))));
    expect(requests.map((ids) => ids.length)).toEqual([100, 100, 50]);
  });

  it('fails an invalid read alone, and all reads when the store is unavailable', async () => {
    const outcomes = async (...ids: string[]) =>
      (await Promise.allSettled(ids.map((id) => load(note(id))))).map(({ status }) => status);
    expect(await outcomes('a', '', 'b')).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await outcomes('a', 'down')).toEqual(['rejected', 'rejected']);
    expect(requests).toEqual([['a', '', 'b'], ['a'], [''], ['b'], ['a', 'down']]);
  });
});

describe('DynamoDbStore', () => {
  let server: Server;
  const asked: string[][] = [];
  /** How many keys each request reads. The others stay unprocessed. */
  let capacity = 0;

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const { Key, RequestItems } = JSON.parse(await text(request));
      const Keys: { id: { S: string } }[] = Key ? [Key] : RequestItems.notes.Keys;
      asked.push(Keys.map(({ id }) => id.S));
      response.setHeader('content-type', 'application/x-amz-json-1.0');
      if (Keys.some(({ id }) => id.S === '')) {
        // As AWS writes it.
        const refusal = { __type: 'com.amazon.coral.validate#ValidationException', message: 'an empty key' };
        response.writeHead(400).end(JSON.stringify(refusal));
        return;
      }
      if (Key) {
        response.end(JSON.stringify({ Item: Key }));
        return;
      }
      const unread = Keys.slice(capacity);
      response.end(
        JSON.stringify({
          Responses: { notes: Keys.slice(0, capacity).reverse() },
          UnprocessedKeys: unread.length > 0 ? { notes: { Keys: unread, ConsistentRead: true } } : {},
        }),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => server.close());
  beforeEach(() => asked.splice(0));

  const store = () => {
    const address = server.address();
    const endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
    return new DynamoDbStore(new DynamoDBClient({ endpoint, region: 'eu-west-1', credentials }), (name) => name);
  };

  it('reads unprocessed keys again', async () => {
    capacity = 2;
    const found = await store().load(['a', 'b', 'c'].map(note));
    expect(found.map((one) => one?.item)).toEqual([{ id: 'a' }, { id: 'b' }, { id: 'c' }]);
    expect(asked).toEqual([['a', 'b', 'c'], ['c']]);
  });

  it('fails when keys stay unprocessed, rather than report their items as missing', async () => {
    capacity = 0;
    await expect(store().load(['a', 'b'].map(note))).rejects.toThrow('DynamoDB left items of notes unread');
    expect(asked).toHaveLength(5);
  });

  it('reads the other items when DynamoDB refuses one key', async () => {
    capacity = 3;
    const one = store();
    const all = await Promise.allSettled(['a', '', 'b'].map((id) => one.load([note(id)])));
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(asked[0]).toEqual(['a', '', 'b']);
  });
});
