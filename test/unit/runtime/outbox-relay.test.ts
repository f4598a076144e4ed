import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { relayWith, targetsFromSettings } from '../../../lambdas/runtime/outbox-relay';
import type { Publisher } from '../../../lambdas/runtime/publish/publish';
import { makeReceipt, withRecord } from '../../../lambdas/runtime/work/receipts';

const log = { info: () => {}, warn: () => {}, error: () => {} };
const ids = { id: 'one', correlationId: 'one', causationId: 'one' };
const metadata = { ...ids, version: 1, occurredAt: '2026-01-01T00:00:00.000Z' };
const event = { source: 'depot', name: 'ParcelRegistered', detail: { metadata, data: {} } };
const image = { id: { S: 'depot.register-parcel#1' }, outbox: { S: JSON.stringify([event]) }, expiresAt: { N: '1' } };

/** The names of the events that the relay publishes for these records. */
async function published(...Records: DynamoDBRecord[]): Promise<string[]> {
  const names: string[] = [];
  const publisher: Publisher = {
    send: async (events) => {
      names.push(...events.map(({ name }) => name));
      return events.map(() => ({ kind: 'published' }));
    },
    setAside: async (_event, _recordId, error) => void names.push(error),
    setAsideUnreadable: async ({ problem }) => void names.push(problem),
    sleep: async () => {},
    random: () => 0,
    log,
  };
  await relayWith(() => publisher)({ Records } as DynamoDBStreamEvent);
  return names;
}

describe('the relay', () => {
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html
  const expired: DynamoDBRecord = {
    eventName: 'REMOVE',
    dynamodb: { Keys: { id: image.id }, StreamViewType: 'NEW_IMAGE' },
    userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
  };

  it('publishes the outbox of a new record', async () => {
    expect(await published({ eventName: 'INSERT', dynamodb: { NewImage: image } })).toEqual(['ParcelRegistered']);
  });

  it('publishes the record that the last write of an inbox has added, and no earlier one', async () => {
    const record = (name: string) => ({
      consumer: 'depot.count',
      correlationId: 'one',
      outbox: `{"trace":"","events":[{"name":"${name}","version":1,"data":{}}]}`,
    });
    const receipts = ['Earlier', 'Last'].map((name, at) => withRecord(makeReceipt(name, at), record(name), []) ?? '');
    const inbox = { orderId: { S: 'one' }, _receipts: { L: receipts.map((S) => ({ S })) } };
    expect(await published({ dynamodb: { NewImage: { ...inbox, _recorded: { BOOL: true } } } })).toEqual(['Last']);
    expect(await published({ dynamodb: { NewImage: inbox } })).toEqual([]);
    const broken = { ...inbox, _receipts: { L: [{ S: '0.=x {"by' }] }, _recorded: { BOOL: true } };
    expect(await published({ dynamodb: { NewImage: broken } })).toEqual([expect.stringContaining('JSON')]);
  });

  it('publishes nothing for a record without an outbox', async () => {
    const { id } = image;
    expect(await published({ eventName: 'INSERT', dynamodb: { NewImage: { id } } })).toEqual([]);
    expect(await published({ eventName: 'INSERT' })).toEqual([]);
  });

  it('publishes nothing for a record that has expired, whatever its stream shows of it', async () => {
    const withImages = { ...expired, dynamodb: { ...expired.dynamodb, OldImage: image } };
    expect(await published(expired, withImages)).toEqual([]);
  });

  describe('reads its channels from its environment', () => {
    const before = process.env;
    const required = { BUS_ARN: 'bus', DEAD_LETTER_QUEUE_URL: 'queue' };
    const read = (environment: NodeJS.ProcessEnv) => {
      process.env = environment;
      try {
        return targetsFromSettings();
      } finally {
        process.env = before;
      }
    };

    it('with a topic and reminders', () => {
      const reminders = { queues: { Due: { url: 'url', arn: 'arn' } } };
      expect(
        read({ ...required, TOPIC_ARN: 'topic', REMINDERS: JSON.stringify(reminders), ANNOUNCE_REMINDERS: 'true' }),
      ).toEqual({ bus: 'bus', topic: 'topic', reminders, announceReminders: true, deadLetterQueue: 'queue' });
    });

    it('without them', () => {
      const none = { reminders: { queues: {} }, announceReminders: false };
      expect(read(required)).toEqual({ bus: 'bus', ...none, deadLetterQueue: 'queue' });
      expect(read({ ...required, ANNOUNCE_REMINDERS: 'false' })).toMatchObject({ announceReminders: false });
    });

    it.each(Object.keys(required))('and names a missing variable: %s', (name) => {
      expect(() => read({ ...required, [name]: undefined })).toThrow(name);
    });
  });
});
