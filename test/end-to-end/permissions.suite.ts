import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { CreateTopicCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import {
  GetQueueAttributesCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type Deployment, discoverLocal, serviceOf } from '../../deployed/discover';
import { cloudDirectory } from '../../deployed/local-clouds';
import { readDecisions } from '../../local/emulator/decisions';
import { endpoint } from './cloud';
import { PROBE, ProbeRole } from './probe-role';

const DENIED = { name: expect.stringMatching(/^(AccessDenied(Exception)?|AuthorizationError(Exception)?)$/) };

(endpoint === undefined ? describe.skip : describe)('the permissions of a function', () => {
  let deployment: Deployment;
  let relay: ProbeRole;
  let consumer: ProbeRole;
  beforeAll(async () => {
    deployment = await discoverLocal(endpoint ?? '');
    const { relay: own, subscriptions } = serviceOf(deployment, 'scales');
    relay = await ProbeRole.of(deployment, own.function);
    consumer = await ProbeRole.of(deployment, subscriptions[0]?.function ?? '');
  });

  const publish = async (...events: [source: string, name: string][]) => {
    const client = await relay.client(EventBridgeClient);
    const EventBusName = deployment.broker.bus.arn;
    const Entries = events.map(([Source, DetailType]) => ({ Source, DetailType, EventBusName, Detail: '{}' }));
    const { FailedEntryCount } = await client.send(new PutEventsCommand({ Entries }));
    return FailedEntryCount;
  };
  const read = async (TableName: string, key: string) => {
    const client = await consumer.client(DynamoDBClient);
    return client.send(new GetItemCommand({ TableName, Key: { [key]: { S: 'nobody' } } }));
  };
  const send = async (QueueUrl: string) => {
    const client = await consumer.client(SQSClient);
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'probe' }));
  };

  it('let a relay publish its own declared events', async () => {
    expect(await publish(['scales', 'ParcelWeighed'], ['scales', 'ParcelRefused'])).toBe(0);
  });

  it.each([
    ['the event of another service', [['depot', 'ParcelRegistered']]],
    ['an event of its own service that it does not declare', [['scales', 'ParcelLost']]],
    [
      'a batch with one event of another service',
      [
        ['scales', 'ParcelWeighed'],
        ['depot', 'ParcelWeighed'],
      ],
    ],
  ] as [string, [string, string][]][])('do not let a relay publish %s', async (_, events) => {
    await expect(publish(...events)).rejects.toMatchObject(DENIED);
  });

  it('let a consumer read the tables of its service and no others', async () => {
    const { tables } = serviceOf(deployment, 'scales');
    await expect(read(tables.weighings ?? '', 'parcelId')).resolves.toBeDefined();
    const other = serviceOf(deployment, 'depot');
    await expect(read(other.tables.parcels ?? '', 'parcelId')).rejects.toMatchObject(DENIED);
    await expect(read(other.records, 'id')).rejects.toMatchObject(DENIED);
  });

  it('let a consumer send to its own queues and to no others', async () => {
    const own = serviceOf(deployment, 'scales').subscriptions[0];
    await expect(send(own?.deadLetterQueue ?? '')).resolves.toBeUndefined();
    const [other] = serviceOf(deployment, 'depot').subscriptions;
    await expect(send(other?.queue ?? '')).rejects.toMatchObject(DENIED);
  });

  it('let no function publish to an undeclared topic', async () => {
    const { TopicArn } = await deployment.clients.of(SNSClient).send(new CreateTopicCommand({ Name: 'undeclared' }));
    const client = await relay.client(SNSClient);
    await expect(client.send(new PublishCommand({ TopicArn, Message: 'probe' }))).rejects.toMatchObject(DENIED);
  });

  it('are needed: without a grant, the call is denied', async () => {
    await relay.allowAllBut(['events:PutEvents']);
    await expect(publish(['scales', 'ParcelWeighed'])).rejects.toMatchObject(DENIED);
    await consumer.allowAllBut(['dynamodb:PutItem']);
    const client = await consumer.client(DynamoDBClient);
    const TableName = serviceOf(deployment, 'scales').tables.weighings;
    const Item = { parcelId: { S: 'probe' }, outcome: { S: 'weighed' } };
    await expect(client.send(new PutItemCommand({ TableName, Item }))).rejects.toMatchObject(DENIED);
  });

  it('include the policy of the queue: without it, the bus does not deliver', async () => {
    const client = deployment.clients.of(SQSClient);
    const { queue: QueueUrl } =
      serviceOf(deployment, 'depot').subscriptions.find(({ name }) => name === 'close-parcel') ?? {};
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['Policy', 'QueueArn'] }),
    );
    const setPolicy = (Policy = '') => client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
    await setPolicy();
    await deployment.clients.of(EventBridgeClient).send(
      new PutEventsCommand({
        Entries: [
          { Source: 'scales', DetailType: 'ParcelWeighed', Detail: '{}', EventBusName: deployment.broker.bus.arn },
        ],
      }),
    );
    await setPolicy(Attributes?.Policy);
    expect(await decisions()).toContainEqual({
      role: 'events.amazonaws.com',
      action: 'sqs:SendMessage',
      resource: Attributes?.QueueArn,
      allowed: false,
    });
  });

  it('suffice: no function was denied a call', async () => {
    const all = await decisions();
    expect(all.length).toBeGreaterThan(0);
    const denied = all.filter(
      ({ allowed, role }) => !allowed && !role.startsWith(PROBE) && role !== 'events.amazonaws.com',
    );
    expect(denied).toEqual([]);
  });

  function decisions() {
    return readDecisions(cloudDirectory(Number(new URL(endpoint ?? '').port)));
  }
});
