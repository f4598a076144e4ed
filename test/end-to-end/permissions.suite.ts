import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
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
import { eventually } from '../kit';
import { endpoint } from './cloud';
import { CALLS } from './grant-calls';
import { type Grant, listGrants } from './grants';
import { PROBE, ProbeRole } from './probe-role';

const DENIAL = /^(AccessDenied(Exception)?|AuthorizationError(Exception)?)$/;
const DENIED = { name: expect.stringMatching(DENIAL) };

/** Actions that the emulator does not check, each with the reason why it is granted. */
const NOT_CHECKED: Readonly<Record<string, string>> = {
  'logs:CreateLogStream': 'Lambda writes the log of a function with its role',
  'logs:PutLogEvents': 'as logs:CreateLogStream',
  'xray:PutTraceSegments': 'active tracing',
  'xray:PutTelemetryRecords': 'as xray:PutTraceSegments',
  'dynamodb:DescribeStream':
    'Lambda reads the stream with the role of the relay; permissions.py checks it at each batch',
  'dynamodb:GetRecords': 'as dynamodb:DescribeStream',
  'dynamodb:GetShardIterator': 'as dynamodb:DescribeStream',
  'dynamodb:ListStreams': 'Lambda finds the stream with it',
  'iam:PassRole': 'EventBridge Scheduler checks it when a schedule is created',
};

(endpoint === undefined ? describe.skip : describe)('the permissions of a function', () => {
  let deployment: Deployment;
  let relay: ProbeRole;
  let consumer: ProbeRole;
  beforeAll(async () => {
    deployment = await discoverLocal(endpoint ?? '');
    const { relay: own, subscriptions } = serviceOf(deployment, 'scales');
    relay = await ProbeRole.ofFunction(deployment, own.function);
    consumer = await ProbeRole.ofFunction(deployment, subscriptions[0]?.function ?? '');
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

  it('consist of grants without which their calls are denied', async () => {
    const grants = (await listGrants(deployment)).filter(({ action }) => !(action in NOT_CHECKED));
    const probes = new Map<string, ProbeRole>();
    const outcomes: { grant: Grant; withIt: string; withoutIt: string }[] = [];
    for (const grant of grants) {
      const probe = probes.get(grant.role) ?? (await ProbeRole.of(deployment, grant.role));
      probes.set(grant.role, probe);
      const withIt = await outcomeOf(probe, grant);
      await probe.allowAllBut(grant);
      outcomes.push({ grant, withIt, withoutIt: await outcomeOf(probe, grant) });
      await probe.allowAllBut();
    }
    expect(outcomes.length).toBeGreaterThan(50);
    expect(outcomes.filter(({ withIt, withoutIt }) => withIt === 'denied' || withoutIt !== 'denied')).toEqual([]);
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
    try {
      await deployment.clients.of(EventBridgeClient).send(
        new PutEventsCommand({
          Entries: [
            { Source: 'scales', DetailType: 'ParcelWeighed', Detail: '{}', EventBusName: deployment.broker.bus.arn },
          ],
        }),
      );
      await eventually('the delivery is denied', async () =>
        (await decisions()).some(
          ({ role, action, resource, allowed }) =>
            role === 'events.amazonaws.com' &&
            action === 'sqs:SendMessage' &&
            resource === Attributes?.QueueArn &&
            !allowed,
        ),
      );
    } finally {
      await setPolicy(Attributes?.Policy);
    }
  });

  it('suffice: no function was denied a call', async () => {
    const all = await decisions();
    expect(all.length).toBeGreaterThan(0);
    const denied = all.filter(
      ({ allowed, role }) => !allowed && !role.startsWith(PROBE) && role !== 'events.amazonaws.com',
    );
    expect(denied).toEqual([]);
  });

  async function outcomeOf(probe: ProbeRole, grant: Grant): Promise<string> {
    const call = CALLS[grant.action];
    if (!call) return `add a call of ${grant.action} to grant-calls.ts`;
    try {
      await call(probe, grant);
      return 'allowed';
    } catch (error) {
      return DENIAL.test((error as Error).name) ? 'denied' : 'allowed';
    }
  }

  function decisions() {
    return readDecisions(cloudDirectory(Number(new URL(endpoint ?? '').port)));
  }
});
