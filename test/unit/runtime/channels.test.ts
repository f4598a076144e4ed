import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { sendToBus } from '../../../lambdas/runtime/publish/bus';
import { sendReminders } from '../../../lambdas/runtime/publish/reminders';
import { sendToTopic } from '../../../lambdas/runtime/publish/topic';
import { Answered } from '../../support/batch-world';
import { eventOf } from '../../support/handler-world';

interface Call {
  readonly target: string;
  readonly body: Record<string, unknown>;
}

/** A stand-in for the AWS endpoints: answers each call as it is told, over real HTTP. */
async function withAws(
  answer: (call: Call) => { status: number; body: object },
  use: (settings: ClientSettings, calls: Call[]) => Promise<void>,
): Promise<void> {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    const call = { target: String(request.headers['x-amz-target'] ?? request.url), body: await readJson(request) };
    calls.push(call);
    const { status, body } = answer(call);
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  try {
    await use({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 }, calls);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

interface ClientSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly maxAttempts: number;
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text.startsWith('{') ? JSON.parse(text) : Object.fromEntries(new URLSearchParams(text));
}

const events = ['a', 'b', 'c'].map((id) => eventOf(Answered, { id }, id));
const entryCount = ({ body }: Call) => (body.Entries as unknown[]).length;

describe('the bus', () => {
  test('tells entries apart: published, failed for now, refused for good', async () => {
    const Entries = [
      { EventId: '1' },
      { ErrorCode: 'ThrottlingException' },
      { ErrorCode: 'MalformedDetail', ErrorMessage: 'no JSON' },
    ];
    await withAws(
      () => ({ status: 200, body: { FailedEntryCount: 2, Entries } }),
      async (settings) => {
        expect(await sendToBus(new EventBridgeClient(settings), 'bus', events)).toEqual([
          { kind: 'published' },
          { kind: 'failed', error: 'ThrottlingException: ' },
          { kind: 'refused', error: 'MalformedDetail: no JSON' },
        ]);
      },
    );
  });

  test.each([
    [500, 'InternalException'],
    [400, 'ThrottlingException'],
    [503, 'ServiceUnavailable'],
  ])('that answers %i %s fails for now', async (status, type) => {
    await withAws(
      () => ({ status, body: { __type: type } }),
      async (settings, calls) => {
        const results = await sendToBus(new EventBridgeClient(settings), 'bus', events);
        expect(results.map(({ kind }) => kind)).toEqual(['failed', 'failed', 'failed']);
        expect(calls).toHaveLength(1);
      },
    );
  });

  test('that cannot be reached fails for now', async () => {
    const settings = {
      endpoint: 'http://127.0.0.1:1',
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
    };
    const [result] = await sendToBus(new EventBridgeClient(settings), 'bus', events);
    expect(result?.kind).toBe('failed');
  });

  test('that refuses a call is asked for each entry alone, so that one does not spoil the others', async () => {
    const answer = (call: Call) => {
      const refused = JSON.stringify(call.body).includes('\\"id\\":\\"b\\"');
      if (refused) return { status: 400, body: { __type: 'ValidationException', message: 'too large' } };
      return {
        status: 200,
        body: { FailedEntryCount: 0, Entries: Array.from({ length: entryCount(call) }, () => ({ EventId: '1' })) },
      };
    };
    await withAws(answer, async (settings, calls) => {
      const results = await sendToBus(new EventBridgeClient(settings), 'bus', events);
      expect(results.map(({ kind }) => kind)).toEqual(['published', 'refused', 'published']);
      expect(calls.map(entryCount)).toEqual([3, 1, 1, 1]);
    });
  });
});

describe('a topic', () => {
  test('that the service does not have refuses', async () => {
    const results = await sendToTopic(new SNSClient({ region: 'us-east-1' }), undefined, events);
    expect(results.map(({ kind }) => kind)).toEqual(['refused', 'refused', 'refused']);
  });
});

describe('a reminder', () => {
  const now = Date.now();
  const reminder = (seconds: number) => ({
    ...eventOf(Answered, { id: 'r' }, 'reminder-1'),
    channel: 'reminder' as const,
    due: new Date(now + seconds * 1_000).toISOString(),
  });
  const queues = { Answered: { url: 'http://127.0.0.1/queue', arn: 'arn:queue' } };

  test.each([
    [-100, 0],
    [1, 1],
    [600, 600],
  ])('due in %i s is delayed by about %i s in its queue', async (seconds, delay) => {
    await withAws(
      () => ({ status: 200, body: {} }),
      async (settings, calls) => {
        const targets = { queues: { Answered: { url: `${settings.endpoint}/queue`, arn: 'arn:queue' } } };
        const sqs = new SQSClient({ ...settings, md5: false });
        const results = await sendReminders(sqs, () => new SchedulerClient(settings), targets, [reminder(seconds)]);
        expect(results).toEqual([{ kind: 'published' }]);
        expect(calls[0]?.target).toBe('AmazonSQS.SendMessage');
        const seen = Number(calls[0]?.body.DelaySeconds);
        expect(seen).toBeGreaterThanOrEqual(Math.max(0, delay - 5));
        expect(seen).toBeLessThanOrEqual(delay + 1);
      },
    );
  });

  test('further away than a queue can delay becomes a schedule under its own id, which deletes itself', async () => {
    await withAws(
      () => ({ status: 200, body: { ScheduleArn: 'arn' } }),
      async (settings, calls) => {
        const targets = { queues, scheduleGroup: 'group', role: 'arn:role' };
        const results = await sendReminders(new SQSClient(settings), () => new SchedulerClient(settings), targets, [
          reminder(3_600),
        ]);
        expect(results).toEqual([{ kind: 'published' }]);
        expect(calls[0]?.target).toBe('/schedules/reminder-1');
        expect(calls[0]?.body).toMatchObject({
          GroupName: 'group',
          ScheduleExpression: expect.stringMatching(/^at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)$/),
          ActionAfterCompletion: 'DELETE',
          Target: { Arn: 'arn:queue', RoleArn: 'arn:role' },
        });
      },
    );
  });

  test('that is scheduled already counts as sent', async () => {
    await withAws(
      () => ({ status: 409, body: { __type: 'ConflictException', Message: 'exists' } }),
      async (settings) => {
        const targets = { queues, scheduleGroup: 'group', role: 'arn:role' };
        const results = await sendReminders(new SQSClient(settings), () => new SchedulerClient(settings), targets, [
          reminder(3_600),
        ]);
        expect(results).toEqual([{ kind: 'published' }]);
      },
    );
  });

  test('that nobody receives is refused', async () => {
    const settings = { region: 'us-east-1' };
    const results = await sendReminders(new SQSClient(settings), () => new SchedulerClient(settings), { queues: {} }, [
      reminder(1),
    ]);
    expect(results[0]?.kind).toBe('refused');
  });
});
