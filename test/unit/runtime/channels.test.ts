import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { busClient, sendToBus } from '../../../lambdas/runtime/publish/bus';
import { sendReminders } from '../../../lambdas/runtime/publish/reminders';
import { topicBytes } from '../../../lambdas/runtime/publish/sizes';
import { sendToTopic } from '../../../lambdas/runtime/publish/topic';
import { type AwsCall, type AwsSettings, withAws } from '../../support/aws-endpoint';
import { Answered } from '../../support/batch-world';
import { eventOf } from '../../support/handler-world';

const events = ['a', 'b', 'c'].map((id) => eventOf(Answered, { id }, id));
const entryCount = ({ body }: AwsCall) => (body.Entries as unknown[]).length;
const accepted = { status: 200, body: {} };

describe('sendToBus', () => {
  test('distinguishes published, failed and refused entries', async () => {
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
  ])('counts every entry as failed when the call fails with %i %s', async (status, type) => {
    await withAws(
      () => ({ status, body: { __type: type } }),
      async (settings, calls) => {
        const results = await sendToBus(new EventBridgeClient(settings), 'bus', events);
        expect(results.map(({ kind }) => kind)).toEqual(['failed', 'failed', 'failed']);
        expect(calls).toHaveLength(1);
      },
    );
  });

  test('counts every entry as failed when EventBridge cannot be reached', async () => {
    const settings = {
      endpoint: 'http://127.0.0.1:1',
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
    };
    const [result] = await sendToBus(new EventBridgeClient(settings), 'bus', events);
    expect(result?.kind).toBe('failed');
  });

  test('sends each entry alone after a refused call, so that one entry does not fail the others', async () => {
    const answer = (call: AwsCall) => {
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

describe('sendToBus of the Custom Event Bus', () => {
  const bus = 'arn:aws:events:eu-west-1:111122223333:event-busv2/orders/1234567890abcdefghijklmno';
  const send = (settings: AwsSettings) => sendToBus(new (busClient(bus))(settings), bus, events);

  test('publishes with its own operation, and distinguishes published, failed and refused entries', async () => {
    const Entries = [
      { EventId: '1', SuccessCode: 'PUBLISHED' },
      { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' },
      { ErrorCode: 'InvalidInputException', ErrorMessage: 'no JSON' },
    ];
    await withAws(
      () => ({ status: 200, body: { FailedEntryCount: 2, Entries } }),
      async (settings, calls) => {
        expect(await send(settings)).toEqual([
          { kind: 'published' },
          { kind: 'failed', error: 'ThrottlingException: slow down' },
          { kind: 'refused', error: 'InvalidInputException: no JSON' },
        ]);
        const [{ target, body } = { target: '', body: {} }] = calls;
        expect(target).toBe('/service/AWSEventsV2/operation/PutEvents');
        expect(body).toMatchObject({
          EventBusArn: bus,
          Entries: events.map(({ source, name }) => ({ Source: source, DetailType: name })),
        });
      },
    );
  });

  test.each([
    [429, 'ThrottlingException'],
    [500, 'InternalException'],
    [409, 'InvalidStateException'],
  ])('counts every entry as failed when the call fails with %i %s', async (status, type) => {
    await withAws(
      () => ({ status, body: { __type: `com.amazonaws.eventbridgev2#${type}`, Message: 'later' } }),
      async (settings, calls) => {
        const results = await send(settings);
        expect(results).toEqual(events.map(() => ({ kind: 'failed', error: `${type}: later` })));
        expect(calls).toHaveLength(1);
      },
    );
  });

  test.each([
    ['eu-west-1', 'eventsv2.eu-west-1.amazonaws.com'],
    ['cn-north-1', 'eventsv2.cn-north-1.amazonaws.com.cn'],
    ['us-gov-west-1', 'eventsv2.us-gov-west-1.amazonaws.com'],
  ])('calls the endpoint of its service in %s', async (region, host) => {
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const hosts: string[] = [];
    const requestHandler = {
      handle: async ({ hostname }: { hostname: string }) => {
        hosts.push(hostname);
        throw Object.assign(new Error('not sent'), { name: 'NotSent' });
      },
    };
    await sendToBus(new (busClient(bus))({ region, credentials, requestHandler, maxAttempts: 1 }), bus, events);
    expect(hosts).toEqual([host]);
  });
});

describe('sendToTopic', () => {
  test('refuses every event when the service has no topic', async () => {
    const results = await sendToTopic(new SNSClient({ region: 'us-east-1' }), undefined, events);
    expect(results.map(({ kind }) => kind)).toEqual(['refused', 'refused', 'refused']);
  });

  test.each([
    ['in one call up to 256 KB, attributes included', 0, 1],
    ['in a call each when they exceed it by one byte', 1, 2],
  ])('sends two messages %s', async (_, more, expected) => {
    const sized = (bytes: number) => {
      const overhead = topicBytes(eventOf(Answered, { id: '' }));
      return eventOf(Answered, { id: 'x'.repeat(bytes - overhead) });
    };
    const half = 128 * 1024;
    let calls = 0;
    const client = new SNSClient({ region: 'us-east-1' });
    jest.spyOn(client, 'send').mockImplementation(async () => {
      calls++;
      return {};
    });
    const results = await sendToTopic(client, 'arn:topic', [sized(half), sized(half + more)]);
    expect(results).toEqual([{ kind: 'published' }, { kind: 'published' }]);
    expect(calls).toBe(expected);
  });
});

describe('sendReminders', () => {
  const now = new Date('2026-01-01T00:00:00.000Z');
  const reminder = (milliseconds: number) => ({
    ...eventOf(Answered, { id: 'r' }, 'reminder-1'),
    channel: 'reminder' as const,
    due: new Date(now.getTime() + milliseconds).toISOString(),
  });
  const clientsOf = (settings: Partial<AwsSettings>) => ({
    queues: new SQSClient({ region: 'us-east-1', ...settings, md5: false }),
    schedules: () => new SchedulerClient({ region: 'us-east-1', ...settings }),
    now: () => now,
  });
  const scheduled = {
    queues: { Answered: { url: 'http://127.0.0.1/queue', arn: 'arn:queue' } },
    scheduleGroup: 'group',
    role: 'arn:role',
  };

  test.each([
    [-100_000, 0],
    [0, 0],
    [1, 1],
    [900, 1],
    [1_000, 1],
    [1_001, 2],
    [600_000, 600],
    [900_000, 900],
  ])(
    'delays a reminder due in %i ms by %i s: at least until it is due, and less than a second more',
    async (due, delay) => {
      await withAws(
        () => accepted,
        async (settings, calls) => {
          const targets = { queues: { Answered: { url: `${settings.endpoint}/queue`, arn: 'arn:queue' } } };
          const results = await sendReminders(clientsOf(settings), targets, [reminder(due)]);
          expect(results).toEqual([{ kind: 'published' }]);
          expect(calls).toMatchObject([
            { target: 'AmazonSQS.SendMessageBatch', body: { Entries: [{ DelaySeconds: delay }] } },
          ]);
        },
      );
    },
  );

  test.each([
    [900_001, '2026-01-01T00:15:01'],
    [3_600_000, '2026-01-01T01:00:00'],
  ])('creates a schedule for a reminder due in %i ms, under its id, which deletes itself', async (due, at) => {
    await withAws(
      () => ({ status: 200, body: { ScheduleArn: 'arn' } }),
      async (settings, calls) => {
        const results = await sendReminders(clientsOf(settings), scheduled, [reminder(due)]);
        expect(results).toEqual([{ kind: 'published' }]);
        expect(calls[0]?.target).toBe('/schedules/reminder-1');
        expect(calls[0]?.body).toMatchObject({
          GroupName: 'group',
          ScheduleExpression: `at(${at})`,
          ActionAfterCompletion: 'DELETE',
          Target: { Arn: 'arn:queue', RoleArn: 'arn:role' },
        });
      },
    );
  });

  test('counts a reminder that is scheduled already as published', async () => {
    await withAws(
      () => ({ status: 409, body: { __type: 'ConflictException', Message: 'exists' } }),
      async (settings) => {
        const results = await sendReminders(clientsOf(settings), scheduled, [reminder(3_600_000)]);
        expect(results).toEqual([{ kind: 'published' }]);
      },
    );
  });

  test('sends the reminders of a queue in one call, and tells the result of each', async () => {
    const Failed = [
      { Id: '1', Code: 'InternalError', SenderFault: false },
      { Id: '2', Code: 'InvalidMessageContents', Message: 'never', SenderFault: true },
    ];
    await withAws(
      () => ({ status: 200, body: { Failed } }),
      async (settings, calls) => {
        const targets = { queues: { Answered: { url: `${settings.endpoint}/queue`, arn: 'arn:queue' } } };
        const results = await sendReminders(clientsOf(settings), targets, [reminder(1), reminder(2_000), reminder(3)]);
        expect(results).toEqual([
          { kind: 'published' },
          { kind: 'failed', error: 'InternalError: ' },
          { kind: 'refused', error: 'InvalidMessageContents: never' },
        ]);
        expect(calls.map(entryCount)).toEqual([3]);
      },
    );
  });

  test('refuses a reminder that no subscription receives', async () => {
    const results = await sendReminders(clientsOf({}), { queues: {} }, [reminder(1)]);
    expect(results[0]?.kind).toBe('refused');
  });
});
