import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import * as dynamoDb from '@aws-sdk/client-dynamodb';
import * as eventBridge from '@aws-sdk/client-eventbridge';
import * as scheduler from '@aws-sdk/client-scheduler';
import * as secretsManager from '@aws-sdk/client-secrets-manager';
import * as sqs from '@aws-sdk/client-sqs';
import { AwsV4Signer } from 'aws4fetch';
import type { LightClient, LightCommand, LightSettings } from '../../../lambdas/runtime/aws/light/client';
import * as lightDynamoDb from '../../../lambdas/runtime/aws/light/client-dynamodb';
import * as lightEventBridge from '../../../lambdas/runtime/aws/light/client-eventbridge';
import * as lightScheduler from '../../../lambdas/runtime/aws/light/client-scheduler';
import * as lightSecretsManager from '../../../lambdas/runtime/aws/light/client-secrets-manager';
import * as lightSqs from '../../../lambdas/runtime/aws/light/client-sqs';

/** A request as it arrived. */
interface Arrived {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body: object | string;
}

const credentials = { accessKeyId: 'key', secretAccessKey: 'secret', sessionToken: 'token' };
const region = 'eu-west-1';
const ok: Answer = { status: 200, body: {} };

/** Answers with one answer after the other, and the last one from then on. `undefined` is no answer. */
class Endpoint {
  readonly arrived: Arrived[] = [];
  private answers: readonly (Answer | undefined)[] = [ok];
  private readonly server = createServer(async (request, response) => {
    const answer = this.answers[Math.min(this.arrived.length, this.answers.length - 1)];
    this.arrived.push({ url: request.url ?? '', headers: request.headers, body: await text(request) });
    if (!answer) return;
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0', ...answer.headers });
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  });

  async start(): Promise<void> {
    await new Promise<void>((listening) => this.server.listen(0, '127.0.0.1', listening));
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  answer(...answers: readonly (Answer | undefined)[]): void {
    this.arrived.length = 0;
    this.answers = answers;
  }

  get settings() {
    const { port } = this.server.address() as AddressInfo;
    return { endpoint: `http://127.0.0.1:${port}`, region, credentials };
  }
}

const endpoint = new Endpoint();
beforeAll(() => endpoint.start());
afterAll(() => endpoint.stop());
beforeEach(() => endpoint.answer(ok));

/** The exports that a client of the SDK and its replacement have in common. */
type Exports = Readonly<Record<string, unknown>>;
type Client = new (settings: LightSettings) => LightClient;
type Command = new (input: object) => LightCommand;

const item = { id: { S: 'a' }, grams: { N: '1.5' }, tags: { L: [{ BOOL: true }, { NULL: true }] } };
const put = { TableName: 'notes', Item: item, ConditionExpression: 'attribute_not_exists(id)' };
const QueueUrl = 'https://sqs.eu-west-1.amazonaws.com/111122223333/notes';
const MESSAGE = 'a\n"ö"';
const Time = new Date('2026-01-31T12:00:00.250Z');

const calls: readonly [
  string,
  Exports,
  Exports,
  client: string,
  command: string,
  input: object,
  answer: object | '',
][] = [
  [
    'GetItem',
    dynamoDb,
    lightDynamoDb,
    'DynamoDBClient',
    'GetItemCommand',
    { TableName: 'notes', Key: { id: { S: 'ä' } } },
    { Item: item },
  ],
  [
    'BatchGetItem',
    dynamoDb,
    lightDynamoDb,
    'DynamoDBClient',
    'BatchGetItemCommand',
    { RequestItems: { notes: { Keys: [{ id: { S: 'a' } }], ConsistentRead: true } } },
    { Responses: { notes: [item] }, UnprocessedKeys: {} },
  ],
  ['PutItem', dynamoDb, lightDynamoDb, 'DynamoDBClient', 'PutItemCommand', put, {}],
  [
    'Query',
    dynamoDb,
    lightDynamoDb,
    'DynamoDBClient',
    'QueryCommand',
    { TableName: 'notes', IndexName: 'by-due', Limit: 1 },
    { Items: [item] },
  ],
  [
    'TransactWriteItems',
    dynamoDb,
    lightDynamoDb,
    'DynamoDBClient',
    'TransactWriteItemsCommand',
    { TransactItems: [{ Put: put }] },
    {},
  ],
  [
    'BatchExecuteStatement',
    dynamoDb,
    lightDynamoDb,
    'DynamoDBClient',
    'BatchExecuteStatementCommand',
    { Statements: [{ Statement: 'x', Parameters: [{ S: 'a' }] }] },
    { Responses: [{ TableName: 'notes' }, { Error: { Code: 'DuplicateItem', Message: 'exists' } }] },
  ],
  [
    'BatchWriteItem',
    dynamoDb,
    lightDynamoDb,
    'DynamoDBClient',
    'BatchWriteItemCommand',
    { RequestItems: { notes: [{ PutRequest: { Item: { ...item, bytes: { B: Buffer.from('bytes') } } } }] } },
    { UnprocessedItems: {} },
  ],
  [
    'PutEvents',
    eventBridge,
    lightEventBridge,
    'EventBridgeClient',
    'PutEventsCommand',
    { Entries: [{ Source: 'scales', DetailType: 'Weighed', Detail: '{"ü":1}', Time }, { Source: 'scales' }] },
    { FailedEntryCount: 1, Entries: [{ EventId: '1' }, { ErrorCode: 'InternalFailure', ErrorMessage: 'later' }] },
  ],
  [
    'SendMessage',
    sqs,
    lightSqs,
    'SQSClient',
    'SendMessageCommand',
    {
      QueueUrl,
      MessageBody: MESSAGE,
      DelaySeconds: 0,
      MessageAttributes: { by: { DataType: 'String', StringValue: 'x' } },
      MessageGroupId: undefined,
    },
    { MessageId: '1', MD5OfMessageBody: createHash('md5').update(MESSAGE).digest('hex') },
  ],
  [
    'SendMessageBatch',
    sqs,
    lightSqs,
    'SQSClient',
    'SendMessageBatchCommand',
    { QueueUrl, Entries: [{ Id: '0', MessageBody: 'a', DelaySeconds: 5 }] },
    { Successful: [], Failed: [{ Id: '0', Code: 'x', SenderFault: true }] },
  ],
  [
    'ChangeMessageVisibilityBatch',
    sqs,
    lightSqs,
    'SQSClient',
    'ChangeMessageVisibilityBatchCommand',
    { QueueUrl, Entries: [{ Id: '0', ReceiptHandle: 'r', VisibilityTimeout: 3 }] },
    { Successful: [{ Id: '0' }], Failed: [] },
  ],
  [
    'GetSecretValue',
    secretsManager,
    lightSecretsManager,
    'SecretsManagerClient',
    'GetSecretValueCommand',
    { SecretId: 'arn:one' },
    { SecretString: '{"key":1}' },
  ],
  [
    'CreateSchedule',
    scheduler,
    lightScheduler,
    'SchedulerClient',
    'CreateScheduleCommand',
    {
      Name: 'one two',
      GroupName: 'g',
      ScheduleExpression: 'at(2026-01-31T12:00:00)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: 'a', RoleArn: 'r', Input: '{}' },
    },
    { ScheduleArn: 'arn:two' },
  ],
];

describe('a light client', () => {
  it.each(calls)(
    'sends %s as the SDK does, and reads the same answer',
    async (_, sdk, light, client, command, input, body) => {
      endpoint.answer({ status: 200, body });
      const send = async (exports: Exports) => {
        const one = new (exports[client] as Client)(endpoint.settings);
        return one.send(new (exports[command] as Command)(input));
      };
      const { $metadata, ...theirs } = (await send(sdk)) as { $metadata: object };
      expect(await send(light)).toEqual(theirs);
      const [expected, sent] = endpoint.arrived.map(comparable);
      expect(sent).toEqual(expected);
    },
  );

  it.each([
    [
      dynamoDb,
      lightDynamoDb,
      'TransactionCanceledException',
      { CancellationReasons: [{ Code: 'None' }, { Code: 'ConditionalCheckFailed', Message: 'no', Item: item }] },
    ],
    [dynamoDb, lightDynamoDb, 'ConditionalCheckFailedException', { Item: item }],
    [dynamoDb, lightDynamoDb, 'ValidationException', {}],
  ] as const)('throws the error that the SDK throws', async (sdk, light, name, members) => {
    const body = { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'said', ...members };
    endpoint.answer({ status: 400, headers: { 'x-amzn-requestid': 'request' }, body });
    const caught = async (exports: Exports) => {
      const one = new (exports.DynamoDBClient as Client)(endpoint.settings);
      return failureOf(one.send(new (exports.PutItemCommand as Command)(put)));
    };
    const [theirs, own] = [await caught(sdk), await caught(light)];
    expect(own).toMatchObject({
      name,
      message: 'said',
      ...members,
      $metadata: { httpStatusCode: 400, requestId: 'request' },
    });
    expect(theirs).toMatchObject({
      name,
      message: 'said',
      ...members,
      $metadata: { httpStatusCode: 400, requestId: 'request' },
    });
    const Exception = (light as Exports)[name];
    if (Exception) expect(own).toBeInstanceOf(Exception);
    expect(own).not.toBeInstanceOf(lightDynamoDb.ThrottlingException);
  });

  it('reads the name of an error in a header, and a body without one', async () => {
    endpoint.answer({
      status: 409,
      headers: { 'x-amzn-errortype': 'ConflictException:http://x' },
      body: { Message: 'known' },
    });
    const one = new lightScheduler.SchedulerClient(endpoint.settings);
    const error = await failureOf(one.send(new lightScheduler.CreateScheduleCommand({ Name: 'a' })));
    expect(error).toBeInstanceOf(lightScheduler.ConflictException);
    expect(error.message).toBe('known');
  });

  it('signs every header that the service checks', async () => {
    await send();
    const [{ url, headers, body } = fail()] = endpoint.arrived;
    const [, names = ''] = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '') ?? [];
    expect(names.split(';')).toEqual(
      expect.arrayContaining(['host', 'x-amz-date', 'x-amz-security-token', 'x-amz-target']),
    );
    const signer = new AwsV4Signer({
      ...{ url: `http://${headers.host}${url}`, method: 'POST', body, region, service: 'dynamodb', ...credentials },
      headers: Object.fromEntries(names.split(';').map((name) => [name, String(headers[name])])),
      datetime: String(headers['x-amz-date']),
      allHeaders: true,
    });
    expect(headers.authorization).toBe(await signer.authHeader());
  });

  it.each([
    ['an internal error', { status: 500, body: { __type: 'InternalServerError' } }],
    ['a page of a proxy', { status: 503, body: '<html>' }],
    ['an empty answer', { status: 502, body: '' }],
    ['throttling', { status: 400, body: { __type: 'ThrottlingException' } }],
    ['too many requests', { status: 429, body: {} }],
  ] as const)('repeats a call after %s, with the same token', async (_, refused) => {
    endpoint.answer(refused, refused, ok);
    await send(new lightDynamoDb.TransactWriteItemsCommand({ TransactItems: [{ Put: put }] }));
    expect(endpoint.arrived).toHaveLength(3);
    expect(new Set(endpoint.arrived.map(({ body }) => JSON.parse(body).ClientRequestToken)).size).toBe(1);
  });

  it('gives up after three attempts', async () => {
    endpoint.answer({ status: 500, body: { __type: 'InternalServerError', message: 'down' } });
    await expect(send()).rejects.toThrow('down');
    expect(endpoint.arrived).toHaveLength(3);
  });

  it('does not repeat a call that is refused', async () => {
    endpoint.answer({ status: 400, body: { __type: 'ValidationException', message: 'no' } });
    await expect(send()).rejects.toThrow('no');
    expect(endpoint.arrived).toHaveLength(1);
  });

  it('repeats a call that is not answered in time', async () => {
    endpoint.answer(undefined, ok);
    await send(undefined, { requestHandler: { requestTimeout: 50 } });
    expect(endpoint.arrived).toHaveLength(2);
  });

  it('says which limit has passed', async () => {
    endpoint.answer(undefined);
    const error = await failureOf(send(undefined, { requestHandler: { requestTimeout: 20 }, maxAttempts: 1 }));
    expect(error.name).toBe('TimeoutError');
    expect(error.message).toMatch(/^127\.0\.0\.1:\d+ did not answer within 20 ms\.$/);
  });

  it('fails when nothing listens', async () => {
    await expect(send(undefined, { endpoint: 'http://127.0.0.1:1', maxAttempts: 2 })).rejects.toThrow('ECONNREFUSED');
  });

  it('repeats a conflict of replicas, as the SDK does', async () => {
    endpoint.answer({ status: 400, body: { __type: 'ReplicatedWriteConflictException' } }, ok);
    await send();
    expect(endpoint.arrived).toHaveLength(2);
  });

  it('takes the error from the status when its body says nothing', async () => {
    endpoint.answer({ status: 503, body: 'null' });
    expect(await failureOf(send())).toMatchObject({ name: 'UnknownError', message: 'UnknownError: status 503' });
  });

  it('repeats no more calls when too many have failed', async () => {
    endpoint.answer({ status: 503, body: {} });
    const client = new lightDynamoDb.DynamoDBClient(endpoint.settings);
    const one = () => client.send(new lightDynamoDb.PutItemCommand(put)).catch(() => {});
    await Promise.all(Array.from({ length: 100 }, one));
    expect(endpoint.arrived).toHaveLength(100 + 100);
    endpoint.answer(ok);
    await one();
    endpoint.answer({ status: 503, body: {} });
    await one();
    expect(endpoint.arrived).toHaveLength(1);
  });

  it('needs one more attempt when all idle connections are dead', async () => {
    const connections = await deadWhenIdle();
    const client = new lightDynamoDb.DynamoDBClient({ ...endpoint.settings, endpoint: connections.endpoint });
    const one = () => client.send(new lightDynamoDb.PutItemCommand(put));
    await Promise.all(Array.from({ length: 10 }, one));
    connections.forget();
    await one();
    expect(connections.resets).toBe(1);
    connections.stop();
  });

  it('sends items again as they were when DynamoDB has not processed them', async () => {
    const Item = { key: { S: 'flow#a' }, entry: { S: 'one' }, events: { B: Buffer.from('bytes').toString('base64') } };
    const unprocessed = { UnprocessedItems: { journal: [{ PutRequest: { Item } }] } };
    endpoint.answer({ status: 200, body: unprocessed }, { status: 200, body: { UnprocessedItems: {} } });
    const items = { journal: [{ PutRequest: { Item: { ...Item, events: { B: Buffer.from('bytes') } } } }] };
    const { UnprocessedItems } = (await send(new lightDynamoDb.BatchWriteItemCommand({ RequestItems: items }))) as {
      UnprocessedItems: typeof items;
    };
    await send(new lightDynamoDb.BatchWriteItemCommand({ RequestItems: UnprocessedItems }));
    const sent = endpoint.arrived.map(({ body }) => JSON.parse(body).RequestItems.journal[0].PutRequest.Item.events.B);
    expect(sent).toEqual(['Ynl0ZXM=', 'Ynl0ZXM=']);
  });

  it('ends a call whose answer changes the protocol, which is no error of the connection', async () => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', () =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
      );
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    const settings = { endpoint: `http://127.0.0.1:${port}`, maxAttempts: 1, requestHandler: { requestTimeout: 50 } };
    try {
      expect((await failureOf(send(undefined, settings))).name).toBe('TimeoutError');
    } finally {
      server.close();
    }
  });

  it('corrects a clock that is wrong', async () => {
    const date = new Date('2030-01-01T00:00:00Z').toUTCString();
    endpoint.answer({ status: 400, headers: { date }, body: { __type: 'InvalidSignatureException' } }, ok);
    await send();
    expect(endpoint.arrived[1]?.headers['x-amz-date']).toMatch(/^20300101T0000/);
  });

  it('takes a refused signature for an error when the clock is right', async () => {
    endpoint.answer({ status: 400, body: { __type: 'InvalidSignatureException', message: 'wrong key' } });
    await expect(send()).rejects.toThrow('wrong key');
    expect(endpoint.arrived).toHaveLength(1);
  });
});

describe('the endpoint of a light client', () => {
  const clients = [...new Map(calls.map(([, sdk, light, client]) => [client, [client, sdk, light] as const])).values()];
  const outer = { ...process.env };
  afterEach(() => {
    process.env = { ...outer };
  });

  it.each(clients)('is that of the SDK: %s', (client, sdk, light) => {
    for (const Region of ['eu-west-1', 'us-gov-west-1', 'cn-north-1', 'us-iso-east-1', 'eusc-de-east-1']) {
      for (const UseFIPS of [false, true]) {
        process.env.AWS_USE_FIPS_ENDPOINT = String(UseFIPS);
        const { config } = new (sdk[client] as new (settings: object) => dynamoDb.DynamoDBClient)({ region: Region });
        const { url } = config.endpointProvider({ Region, UseFIPS });
        expect(new (light[client] as Client)({ region: Region }).url.origin).toBe(url.origin);
      }
    }
  });

  it('can be set for one service', () => {
    Object.assign(process.env, { AWS_ENDPOINT_URL: 'http://all', AWS_ENDPOINT_URL_SQS: 'http://sqs' });
    expect(new lightSqs.SQSClient({ region }).url.origin).toBe('http://sqs');
    expect(new lightDynamoDb.DynamoDBClient({ region }).url.origin).toBe('http://all');
  });
});

describe('a light client in a Lambda function', () => {
  const outer = { ...process.env };
  afterEach(() => {
    process.env = { ...outer };
  });

  it('takes credentials, region and endpoint from the environment, and passes the trace on', async () => {
    const trace = 'Root=1-2-3;Parent=4;Sampled=1';
    Object.assign(process.env, {
      ...{ AWS_ACCESS_KEY_ID: 'own', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'ap-south-1' },
      ...{ AWS_ENDPOINT_URL: endpoint.settings.endpoint, AWS_LAMBDA_FUNCTION_NAME: 'one', _X_AMZN_TRACE_ID: trace },
    });
    await new lightSqs.SQSClient({}).send(new lightSqs.SendMessageCommand({}));
    const [{ headers } = fail()] = endpoint.arrived;
    expect(headers.authorization).toMatch(/Credential=own\/\d+\/ap-south-1\/sqs\//);
    expect(headers['x-amzn-trace-id']).toBe(trace);
  });

  it('says what is missing', async () => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) delete process.env[name];
    const { credentials: _, ...settings } = endpoint.settings;
    await expect(new lightSqs.SQSClient(settings).send(new lightSqs.SendMessageCommand({}))).rejects.toThrow(
      'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set.',
    );
  });
});

function send(command: LightCommand = new lightDynamoDb.PutItemCommand(put), settings: LightSettings = {}) {
  return new lightDynamoDb.DynamoDBClient({ ...endpoint.settings, ...settings }).send(command);
}

/** What the service reads of a request. Tokens are random. */
function comparable({ url, headers, body }: Arrived) {
  const [, scope] = /Credential=key\/\d+\/([^,]+),/.exec(headers.authorization ?? '') ?? [];
  const { ClientRequestToken, ClientToken, ...members } = JSON.parse(body);
  const tokens = [ClientRequestToken, ClientToken].map((token) => typeof token);
  const type = headers['content-type'];
  return { url, type, scope, target: headers['x-amz-target'], token: headers['x-amz-security-token'], members, tokens };
}

/** A server that answers ten calls when all have arrived, each over its own connection, and resets these later, as NAT gateways do. */
async function deadWhenIdle() {
  const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}';
  const first: Socket[] = [];
  const state = { resets: 0, isForgotten: false };
  const server = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => {
      if (!state.isForgotten) {
        if (first.push(socket) === 10) for (const one of first) one.write(answer);
      } else if (first.includes(socket)) {
        state.resets++;
        socket.resetAndDestroy();
      } else socket.end(answer);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forget: () => {
      state.isForgotten = true;
    },
    get resets() {
      return state.resets;
    },
    stop: () => server.close(),
  };
}

async function failureOf(sent: Promise<unknown>): Promise<Error> {
  return sent.then(fail, (error: Error) => error);
}

function fail(): never {
  throw new Error('No request has arrived, or none was refused.');
}
