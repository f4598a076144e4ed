import { PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { MOST_INDEX_LAG, SimulatedDynamoDb } from './dynamodb';

const schema = { key: 'id', indexes: { 'by-state': { key: 'state', sortKey: 'id' } } };
const START = Date.parse('2026-01-01T00:00:00Z');

describe('an index of the simulated DynamoDB', () => {
  let seconds: number;
  let dynamoDb: SimulatedDynamoDb;

  beforeEach(() => {
    seconds = 0;
    const now = () => START + seconds * 1_000;
    dynamoDb = new SimulatedDynamoDb(() => schema, now);
  });

  function write(id: string, state: string): void {
    dynamoDb.execute(new PutItemCommand({ TableName: 'orders', Item: { id: { S: id }, state: { S: state } } }));
  }

  function query(lagSeconds: number, from = ' ', Limit = 100): (string | undefined)[] {
    const command = new QueryCommand({
      TableName: 'orders',
      IndexName: 'by-state',
      KeyConditionExpression: '#state = :state AND id BETWEEN :from AND :to',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':state': { S: 'open' }, ':from': { S: from }, ':to': { S: '~' } },
      Limit,
    });
    const { Items = [] } = dynamoDb.execute(command, lagSeconds * 1_000) as { Items?: { id: { S: string } }[] };
    return Items.map(({ id }) => id.S);
  }

  it('shows the items as they were when the lag began', () => {
    write('one', 'open');
    seconds = 3;
    write('one', 'closed');
    write('two', 'open');
    seconds = 5;
    expect(query(0)).toEqual(['two']);
    expect(query(1)).toEqual(['two']);
    expect(query(3)).toEqual(['one']);
    expect(query(6)).toEqual([]);
  });

  it('undoes several writes of one item', () => {
    write('one', 'open');
    seconds = 1;
    write('one', 'closed');
    write('one', 'open');
    seconds = 2;
    write('one', 'closed');
    expect([query(0), query(1), query(2), query(3)]).toEqual([[], ['one'], ['one'], []]);
  });

  it('never hides a write for longer than the largest lag', () => {
    for (; seconds < 100; seconds++) write(`item ${seconds}`, 'open');
    expect(query(MOST_INDEX_LAG / 1_000)).toHaveLength(100 - MOST_INDEX_LAG / 1_000 + 1);
    expect(dynamoDb.hasRecentWrites('orders')).toBe(true);
    seconds += MOST_INDEX_LAG / 1_000;
    expect(dynamoDb.hasRecentWrites('orders')).toBe(false);
  });

  it('answers each page with its own range', () => {
    for (const id of ['a', 'b', 'c']) write(id, 'open');
    seconds = 1;
    write('d', 'open');
    expect(query(1, ' ', 2)).toEqual(['a', 'b']);
    expect(query(1, 'b!', 2)).toEqual(['c']);
    expect(query(0, 'b!', 2)).toEqual(['c', 'd']);
  });
});
