import { type PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import { type SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';
import { defineEvent, upcast } from '../../../contracts/core/contract';
import { SqsQueue } from '../../../lambdas/runtime/aws/sqs-queue';
import { PermanentError } from '../../../lambdas/runtime/errors';
import { sendReminders } from '../../../lambdas/runtime/publish/reminders';
import { sendToTopic } from '../../../lambdas/runtime/publish/topic';
import { UnitOfWork } from '../../../lambdas/runtime/work/unit-of-work';
import { message } from '../../support/batch-world';
import { MemoryStore } from '../../support/memory-store';

const contract = { owner: 'shop', version: 1, schema: z.object({ id: z.string(), customer: z.string() }) };
const Asked = defineEvent({ ...contract, name: 'Asked', fairBy: 'customer' });
const Told = defineEvent({ ...contract, name: 'Told', fairBy: 'customer', channel: 'topic' });
const Due = defineEvent({ ...contract, name: 'Due', fairBy: 'customer', channel: 'reminder' });
const Plain = defineEvent({ ...contract, name: 'Plain', channel: 'topic' });

const now = new Date('2026-01-01T00:00:00.000Z');

function begin(): UnitOfWork {
  const worker = { consumer: 'shop.ask', emits: new Set(['Asked', 'Told', 'Due', 'Plain']), idempotencyDays: 30 };
  return new UnitOfWork(worker, { id: 'cause', correlationId: 'flow' }, now, new MemoryStore());
}

/** A client that records the inputs of its calls. */
function recording<Client extends { send: unknown }>(client: Client) {
  const inputs: object[] = [];
  const send = async (command: PublishBatchCommand | SendMessageCommand) => {
    inputs.push(command.input);
    return {};
  };
  return { client: Object.assign(client, { send }) as Client, inputs };
}

describe('an event that is fair by a field', () => {
  it('belongs to the group of the value of the field', () => {
    const work = begin();
    work.emit(Asked, { id: '1', customer: 'ada' });
    work.emit(Plain, { id: '2', customer: 'ada' });
    expect(work.events.map(({ group }) => group)).toEqual(['ada', undefined]);
  });

  it.each(['', 'two words', 'grüße', 'x'.repeat(101)])('is refused when SQS would refuse its group: %j', (customer) => {
    const message =
      'shop.ask cannot emit Asked: customer is invalid, because the field of fairBy has 1 to 100 letters, digits and ASCII ' +
      'punctuation characters.';
    expect(() => begin().emit(Asked, { id: '1', customer })).toThrow(PermanentError);
    expect(() => begin().emit(Asked, { id: '1', customer })).toThrow(
      expect.objectContaining({ message, reason: 'rejected' }),
    );
  });

  it('carries the group over a topic, and other events carry none', async () => {
    const { client, inputs } = recording(new SNSClient({ region: 'us-east-1' }));
    const work = begin();
    work.emit(Told, { id: '1', customer: 'ada' });
    work.emit(Plain, { id: '2', customer: 'ada' });
    await sendToTopic(client, 'arn:topic', work.events);
    const { PublishBatchRequestEntries = [] } = inputs[0] as PublishBatchCommand['input'];
    expect(PublishBatchRequestEntries.map(({ MessageGroupId }) => MessageGroupId)).toEqual(['ada', undefined]);
  });

  it('carries the group as a reminder', async () => {
    const { client, inputs } = recording(new SQSClient({ region: 'us-east-1' }));
    const work = begin();
    work.remind(Due, { id: '1', customer: 'ada' }, now);
    const schedules = () => {
      throw new Error('The reminder is due now.');
    };
    const targets = { queues: { Due: { url: 'https://queue', arn: 'arn:queue' } } };
    await sendReminders({ queues: client, schedules, now: () => now }, targets, work.events);
    expect(inputs).toMatchObject([{ Entries: [{ MessageGroupId: 'ada' }] }]);
  });

  it('stays in its group when it is deferred', async () => {
    const { client, inputs } = recording(new SQSClient({ region: 'us-east-1' }));
    const queue = new SqsQueue(client, { queue: 'https://queue', deadLetterQueue: 'https://dead' });
    const received = message('{}');
    await queue.defer({ ...received, attributes: { ...received.attributes, MessageGroupId: 'ada' } }, 10, {});
    await queue.defer(received, 10, {});
    expect(inputs.map((input) => (input as SendMessageCommand['input']).MessageGroupId)).toEqual(['ada', undefined]);
  });

  it('is fair by a required text only', () => {
    const schema = z.object({ text: z.optional(z.string()), count: z.number() });
    // @ts-expect-error: the text is optional
    defineEvent({ ...contract, schema, name: 'Wrong', fairBy: 'text' });
    // @ts-expect-error: the field is a number
    defineEvent({ ...contract, schema, name: 'Wrong', fairBy: 'count' });
  });

  it('has the field in every supported version', () => {
    const upcasts = { 1: upcast(z.object({ id: z.string() }), ({ id }) => ({ id, customer: id })) };
    expect(() => defineEvent({ ...contract, name: 'Asked', version: 2, upcasts, fairBy: 'customer' })).toThrow(
      'Asked: v1 has no customer. Set fairBy when events of v1 can no longer arrive.',
    );
  });
});
