import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';
import { Lifetime } from '../../cli/lifetime';
import { defineEvent } from '../../contracts/core/contract';
import { SdkClients } from '../../deployed/clients';
import { SqsQueue } from '../../lambdas/runtime/aws/sqs-queue';
import { sendReminders } from '../../lambdas/runtime/publish/reminders';
import { sendToTopic } from '../../lambdas/runtime/publish/topic';
import { UnitOfWork } from '../../lambdas/runtime/work/unit-of-work';
import { message } from '../support/batch-world';
import { MemoryStore } from '../support/memory-store';
import { startMiniStack } from './ministack';
import { startMoto } from './moto';
import { installedTools } from './tools';

const contract = { owner: 'shop', version: 1, schema: z.object({ customer: z.string() }), fairBy: 'customer' } as const;
const Told = defineEvent({ ...contract, name: 'Told', channel: 'topic' });
const Due = defineEvent({ ...contract, name: 'Due', channel: 'reminder' });
const now = new Date('2026-01-01T00:00:00.000Z');

/** The endpoint of one more implementation, for example LocalStack. */
const OTHER = process.env.SQS_ENDPOINT;
const { python } = installedTools();
const opinions = [
  { name: 'the emulator', start: startMiniStack, isMissing: false, topicGroup: undefined },
  {
    name: 'moto',
    start: (lifetime: Lifetime) => startMoto(python ?? '', lifetime),
    isMissing: python === undefined,
    topicGroup: 'ada',
  },
  ...(OTHER === undefined ? [] : [{ name: OTHER, start: async () => OTHER, isMissing: false, topicGroup: 'ada' }]),
];

describe.each(opinions.filter(({ isMissing }) => !isMissing))(
  'the group of a message on $name',
  ({ start, topicGroup }) => {
    const lifetime = new Lifetime();
    let sqs: SQSClient;
    let sns: SNSClient;
    let endpoint: string | undefined;
    beforeAll(async () => {
      endpoint = await start(lifetime);
      const clients = new SdkClients(endpoint ?? 'http://127.0.0.1:1');
      sqs = clients.of(SQSClient);
      sns = clients.of(SNSClient);
    });
    afterAll(() => lifetime.end());

    const makeQueue = async (name: string) =>
      (await sqs.send(new CreateQueueCommand({ QueueName: `${name}-${process.pid}` }))).QueueUrl ?? '';
    const receive = async (QueueUrl: string): Promise<Message> => {
      const wanted = { QueueUrl, WaitTimeSeconds: 10, MessageSystemAttributeNames: ['MessageGroupId' as const] };
      const { Messages: [found] = [] } = await sqs.send(new ReceiveMessageCommand(wanted));
      if (!found) throw new Error('No message arrived within 10 seconds.');
      return found;
    };
    const emitted = (stage: (work: UnitOfWork) => void) => {
      const worker = { consumer: 'shop.ask', emits: new Set(['Told', 'Due']), idempotencyDays: 30 };
      const work = new UnitOfWork(worker, { id: 'cause', correlationId: 'flow' }, now, new MemoryStore());
      stage(work);
      return work.events;
    };

    it('is kept by a queue, and when its consumer defers it', async () => {
      if (endpoint === undefined) return;
      const url = await makeQueue('reminders');
      const schedules = () => {
        throw new Error('The reminder is due now.');
      };
      const events = emitted((work) => work.remind(Due, { customer: 'ada' }, now));
      const targets = { queues: { Due: { url, arn: url } } };
      expect(await sendReminders({ queues: sqs, schedules, now: () => now }, targets, events)).toEqual([
        { kind: 'published' },
      ]);
      const { Attributes, Body = '', ReceiptHandle } = await receive(url);
      expect(Attributes).toEqual({ MessageGroupId: 'ada' });

      const received = message(Body);
      const consumer = new SqsQueue(sqs, { queue: url, deadLetterQueue: url });
      await consumer.defer({ ...received, attributes: { ...received.attributes, ...Attributes } }, 0, {});
      await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
      expect((await receive(url)).Attributes).toEqual({ MessageGroupId: 'ada' });
    });

    it(`is ${topicGroup ? 'kept' : 'dropped, unlike on AWS,'} by a topic`, async () => {
      if (endpoint === undefined) return;
      const QueueUrl = await makeQueue('told');
      const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: `told-${process.pid}` }));
      const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
      const raw = { Attributes: { RawMessageDelivery: 'true' } };
      await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: Attributes?.QueueArn, ...raw }));
      expect(
        await sendToTopic(
          sns,
          TopicArn,
          emitted((work) => work.emit(Told, { customer: 'ada' })),
        ),
      ).toEqual([{ kind: 'published' }]);
      expect((await receive(QueueUrl)).Attributes?.MessageGroupId).toBe(topicGroup);
    });
  },
);
