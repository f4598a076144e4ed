import { createHash } from 'node:crypto';
import type { DynamoDBRecord } from 'aws-lambda';
import type { OutgoingEvent } from '../../../lambdas/runtime/events/envelope';
import { handler as relay } from '../../../lambdas/runtime/outbox-relay';
import { awsPublisher, publisherClients } from '../../../lambdas/runtime/publish/aws-publisher';
import type { EntryResult } from '../../../lambdas/runtime/publish/publish';
import { type AwsCall, type AwsSettings, withAws } from '../../support/aws-endpoint';
import { Answered } from '../../support/batch-world';
import { eventOf } from '../../support/handler-world';

/** SQS API reference, SendMessage: other characters are refused with `InvalidMessageContents`. */
const SQS_TEXT = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]+$/u;
const silence = { info: () => {}, warn: () => {}, error: () => {} };

/** Responds as SQS and EventBridge do, as far as the relay uses them. */
function answer({ target, body }: AwsCall) {
  if (target === 'AWSEvents.PutEvents') {
    const Entries = (body.Entries as { Detail: string }[]).map(({ Detail }) =>
      Detail.includes('poison') ? { ErrorCode: 'MalformedDetail', ErrorMessage: 'never' } : { EventId: '1' },
    );
    return { status: 200, body: { FailedEntryCount: 0, Entries } };
  }
  // The SDK compares it with what it has sent.
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  if (target === 'AmazonSQS.SendMessageBatch') {
    const Successful = (body.Entries as Letter[]).map(({ MessageBody }, index) => {
      return { Id: String(index), MessageId: 'm', MD5OfMessageBody: md5(MessageBody) };
    });
    return { status: 200, body: { Successful } };
  }
  const { MessageBody, MessageAttributes = {} } = body as unknown as Letter;
  const texts = [MessageBody, ...Object.values(MessageAttributes).map(({ StringValue }) => StringValue)];
  if (texts.every((text) => SQS_TEXT.test(text))) {
    return { status: 200, body: { MD5OfMessageBody: md5(MessageBody) } };
  }
  return { status: 400, body: { __type: 'com.amazonaws.sqs#InvalidMessageContents', message: 'invalid' } };
}

interface Letter {
  readonly MessageBody: string;
  readonly MessageAttributes?: Readonly<Record<string, { readonly StringValue: string }>>;
}

const targetsAt = ({ endpoint }: AwsSettings) => ({
  bus: 'bus',
  reminders: { queues: {} },
  deadLetterQueue: `${endpoint}/dead-letters`,
});
const letters = (calls: readonly AwsCall[]) =>
  calls.filter(({ target }) => target === 'AmazonSQS.SendMessage').map(({ body }) => body as unknown as Letter);
const textsOf = ({ MessageAttributes = {} }: Letter) =>
  Object.fromEntries(Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]));

describe('an event that cannot be published', () => {
  test.each(['plain', 'a\uffffb', '\ud800', '\u0000\u0007', '\ufffe"\\'])(
    'is set aside with the key of its record, whatever text it holds: %j',
    async (text) => {
      const event = eventOf(Answered, { id: text }, `id ${text}`);
      await withAws(answer, async (settings, calls) => {
        await awsPublisher(targetsAt(settings), silence, publisherClients(settings)).setAside(
          event,
          `a.b#${text}`,
          `no ${text}`,
        );
        const [letter] = letters(calls);
        expect(letters(calls)).toHaveLength(1);
        expect(JSON.parse(letter?.MessageBody ?? '')).toMatchObject({
          detail: event.detail,
          'detail-type': 'Answered',
        });
        expect(letter && textsOf(letter)).toMatchObject({ reason: 'refused-by-bus', consumer: 'relay' });
        if (text === 'plain') expect(letter && textsOf(letter).recordId).toBe('a.b#plain');
      });
    },
  );

  test('keeps the key of its record whole, however long it is', async () => {
    const recordId = `answerer.answer#${'é'.repeat(512)}`;
    await withAws(answer, async (settings, calls) => {
      const publisher = awsPublisher(targetsAt(settings), silence, publisherClients(settings));
      await publisher.setAside(eventOf(Answered, { id: 'a' }), recordId, 'x'.repeat(100_000));
      const [letter] = letters(calls);
      expect(letter && textsOf(letter).recordId).toBe(recordId);
    });
  });
});

describe('a reminder', () => {
  const due = '2026-01-01T00:00:00.000Z';
  const reminder: OutgoingEvent = { ...eventOf(Answered, { id: 'a' }), channel: 'reminder', due };
  const sendReminder = async (announceReminders: boolean, busAnswer: object = {}, events = [reminder]) => {
    const seen: AwsCall[] = [];
    let results: readonly EntryResult[] = [];
    const respond = (call: AwsCall) =>
      call.target === 'AWSEvents.PutEvents' ? { status: 200, body: busAnswer } : answer(call);
    await withAws(respond, async (settings, calls) => {
      const reminders = { queues: { Answered: { url: `${settings.endpoint}/queue`, arn: 'arn:queue' } } };
      const publisher = awsPublisher(
        { ...targetsAt(settings), reminders, announceReminders },
        silence,
        publisherClients(settings),
      );
      results = await publisher.send(events);
      seen.push(...calls);
    });
    return { results, calls: seen };
  };
  const published = [{ kind: 'published' }];

  test('is announced on the bus with its due time, for the journal', async () => {
    const { results, calls } = await sendReminder(true, { FailedEntryCount: 0, Entries: [{ EventId: '1' }] });
    expect(results).toEqual(published);
    const details = calls
      .filter(({ target }) => target === 'AWSEvents.PutEvents')
      .flatMap(({ body }) => body.Entries as { Detail: string }[])
      .map(({ Detail }) => JSON.parse(Detail));
    expect(details).toMatchObject([{ due, data: { id: 'a' } }]);
  });

  test('is announced together with others, up to 64 KB, which EventBridge bills as one event', async () => {
    const large = { id: 'x'.repeat(30_000) };
    const events = ['a', 'b', 'c', 'd'].map((id): OutgoingEvent => {
      return { ...eventOf(Answered, id === 'a' ? { id } : large, id), channel: 'reminder', due };
    });
    const { calls } = await sendReminder(true, { FailedEntryCount: 0, Entries: [{ EventId: '1' }] }, events);
    const details = calls
      .filter(({ target }) => target === 'AWSEvents.PutEvents')
      .flatMap(({ body }) => body.Entries as { Detail: string }[])
      .map(({ Detail }) => JSON.parse(Detail));
    const one = (id: string) => ({ metadata: { id }, due });
    expect(details).toMatchObject([
      { ...one('a'), more: [one('b'), one('c')] },
      { ...one('d'), more: [] },
    ]);
  });

  test('counts as published when it cannot be announced', async () => {
    const { results } = await sendReminder(true, {
      FailedEntryCount: 1,
      Entries: [{ ErrorCode: 'ThrottlingException' }],
    });
    expect(results).toEqual(published);
  });

  test('is not announced without a journal', async () => {
    const { calls } = await sendReminder(false);
    expect(calls.map(({ target }) => target)).toEqual(['AmazonSQS.SendMessageBatch']);
  });
});

describe('a part of an outbox that is no event', () => {
  test.each([
    ['JSON', '{"not":"an event"}'],
    ['characters that SQS refuses', 'not \u0000 JSON \uffff'],
    ['390 KB of them', '\u0001'.repeat(390_000)],
  ])('is set aside encoded, with the key of its record: %s', async (_, content) => {
    await withAws(answer, async (settings, calls) => {
      const publisher = awsPublisher(targetsAt(settings), silence, publisherClients(settings));
      await publisher.setAsideUnreadable({ content, problem: 'no event' }, 'a.b#c');
      const [{ MessageBody, ...letter } = { MessageBody: '{}', MessageAttributes: {} }] = letters(calls);
      const { recordId, encoding, outbox } = JSON.parse(MessageBody);
      expect([recordId, Buffer.from(outbox, encoding).toString() === content]).toEqual(['a.b#c', true]);
      expect(Buffer.byteLength(MessageBody)).toBeLessThan(1024 * 1024 - 8 * 1024);
      expect(textsOf({ MessageBody, ...letter })).toMatchObject({
        reason: 'unreadable-outbox',
        recordId: 'a.b#c',
        error: 'no event',
      });
    });
  });
});

describe('the relay', () => {
  const before = { ...process.env };
  afterEach(() => {
    process.env = before;
    jest.restoreAllMocks();
  });

  test('publishes the records behind any poison, and sets the poison aside', async () => {
    for (const stream of [process.stdout, process.stderr]) jest.spyOn(stream, 'write').mockReturnValue(true);
    const event = (id: string, text = id) => eventOf(Answered, { id: text }, id);
    const outboxes = [
      JSON.stringify([event('one')]),
      'this is not JSON',
      '"no list"',
      JSON.stringify([event('two'), { source: 'no event' }, event('three')]),
      JSON.stringify([{ ...event('four'), channel: 'reminder', due: 'never' }]),
      JSON.stringify([event('five', 'poison \uffff')]),
      JSON.stringify([event('six')]),
    ];
    const Records = outboxes.map(
      (outbox, index): DynamoDBRecord => ({
        dynamodb: {
          NewImage: {
            id: { S: `record ${index}` },
            outbox: { S: outbox },
            // Not a number for `unmarshall`.
            expiresAt: { N: '1e400' },
          },
        },
      }),
    );
    await withAws(answer, async (settings, calls) => {
      process.env = {
        ...before,
        BUS_ARN: 'bus',
        DEAD_LETTER_QUEUE_URL: `${settings.endpoint}/dead-letters`,
        AWS_ENDPOINT_URL: settings.endpoint,
        AWS_REGION: settings.region,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
      };
      expect(await relay({ Records })).toEqual({ batchItemFailures: [] });
      const sent = calls
        .filter(({ target }) => target === 'AWSEvents.PutEvents')
        .flatMap(({ body }) => body.Entries as { Detail: string }[])
        .map(({ Detail }) => JSON.parse(Detail).metadata.id);
      expect(sent.sort()).toEqual(['five', 'one', 'six', 'three', 'two']);
      expect(letters(calls).map((letter) => [textsOf(letter).recordId, textsOf(letter).reason])).toEqual([
        ['record 1', 'unreadable-outbox'],
        ['record 2', 'unreadable-outbox'],
        ['record 3', 'unreadable-outbox'],
        ['record 4', 'unreadable-outbox'],
        ['record 5', 'refused-by-bus'],
      ]);
    });
  });
});
