import fc from 'fast-check';
import { isStorableText } from '../../../contracts/core/text';
import { toMessageAttributes } from '../../../lambdas/runtime/aws/message-attributes';
import { DeferredError, PermanentError } from '../../../lambdas/runtime/errors';
import { toMessageBody } from '../../../lambdas/runtime/events/bus-event';
import {
  Answered,
  type AnswerWork,
  Asked,
  asked,
  BatchWorld,
  bodyOf,
  counter,
  message,
} from '../../support/batch-world';
import { eventOf } from '../../support/handler-world';

const event = eventOf(Asked, { id: 'one' }, 'one');
const withMetadata = (more: object) => ({
  ...event,
  detail: { ...event.detail, metadata: { ...event.detail.metadata, ...more } },
});
const untouched = () => {
  throw new Error('The handler must not be called.');
};

test('a reminder expires by its due time, not by the time when it was scheduled', async () => {
  const world = new BatchWorld();
  const reminder = (id: string, due: string) =>
    message(toMessageBody({ ...withMetadata({ occurredAt: '2025-06-30T00:00:00.000Z', id }), due }));
  const handled: string[] = [];
  await world.run(
    [reminder('in time', '2025-12-31T00:00:00.000Z'), reminder('too late', '2025-11-30T00:00:00.000Z')],
    (_, __, { metadata: { id } }) => handled.push(id),
  );
  expect(handled).toEqual(['in time']);
  expect(world.parked.map(({ attributes }) => [attributes.eventId, attributes.reason])).toEqual([
    ['too late', 'expired'],
  ]);
});

describe('a message that can never be processed is parked at the first attempt, with the reason', () => {
  test.each([
    ['not-json', 'half an object', '{"source":'],
    ['not-an-event', 'another object', '{"hello":"world"}'],
    ['not-an-event', 'an empty id', bodyOf(withMetadata({ id: '' }))],
    ['not-an-event', 'an id of 1,025 bytes', bodyOf(withMetadata({ id: 'x'.repeat(1_025) }))],
    ['not-an-event', 'an id of 342 characters with three bytes each', bodyOf(withMetadata({ id: '€'.repeat(342) }))],
    ['not-an-event', 'an unpaired surrogate', bodyOf(withMetadata({ correlationId: 'a\ud800' }))],
    ['not-an-event', 'U+FFFF', bodyOf(withMetadata({ causationId: 'a\uffff' }))],
    ['not-an-event', 'a source with a control character', bodyOf({ ...event, source: 'a\u0000' })],
    ['unknown-contract', 'another name', bodyOf({ ...event, name: 'Whispered' })],
    ['unknown-contract', 'another owner', bodyOf({ ...event, source: 'somebody-else' })],
    ['broken-contract', 'a number for a text', bodyOf({ ...event, detail: { ...event.detail, data: { id: 1 } } })],
    ['broken-contract', 'data with an unpaired surrogate', bodyOf(eventOf(Asked, { id: 'a\ud800' }))],
    ['broken-contract', 'data with U+FFFF', bodyOf(eventOf(Asked, { id: 'a\uffff' }))],
    ['broken-contract', 'data with a control character', bodyOf(eventOf(Asked, { id: 'a\u0007' }))],
    ['unknown-version', 'a later version', bodyOf(withMetadata({ version: 99 }))],
    ['expired', 'before the idempotency window', bodyOf(withMetadata({ occurredAt: '2025-11-30T00:00:00Z' }))],
  ])('%s: %s', async (reason, _, body) => {
    const world = new BatchWorld();
    expect(await world.run([message(body)], untouched)).toEqual([]);
    expect(world.parked).toHaveLength(1);
    expect(world.parked[0]?.message.body).toBe(body);
    expect(world.parked[0]?.attributes).toMatchObject({
      reason,
      consumer: 'answerer.answer',
      parkedAt: world.now.toISOString(),
    });
    expect(world.parked[0]?.attributes.error).toBeTruthy();
  });

  test('rejected: by its handler', async () => {
    const world = new BatchWorld();
    const returned = await world.run([asked('one')], () => {
      throw new PermanentError('there is no such shipment');
    });
    expect(returned).toEqual([]);
    expect(world.parked[0]?.attributes).toEqual({
      reason: 'rejected',
      error: 'PermanentError: there is no such shipment',
      consumer: 'answerer.answer',
      eventId: 'one',
      correlationId: 'correlation-1',
      parkedAt: world.now.toISOString(),
    });
  });

  test.each<[string, (work: AnswerWork) => unknown]>([
    ['an event with text that no channel can carry', (work) => work.emit(Answered, { id: '\ud800' })],
    ['a load with a key of more than 2,048 bytes', (work) => work.load(counter('x'.repeat(2_049)))],
    [
      'an item with a number that cannot be stored',
      (work) => work.create(counter('a'), { id: 'a', count: Number.NaN }),
    ],
  ])('rejected: %s', async (_, stage) => {
    const world = new BatchWorld();
    expect(await world.run([asked('one')], (_data, work) => stage(work))).toEqual([]);
    expect(world.parked.map(({ attributes }) => attributes.reason)).toEqual(['rejected']);
    expect(world.store.items('records')).toEqual([]);
  });

  test('and stays in the queue when it cannot be parked', async () => {
    const world = new BatchWorld();
    world.queue = { park: () => Promise.reject(new Error('no connection')) };
    const broken = message('not json');
    expect(await world.run([broken], untouched)).toEqual([broken.messageId]);
  });

  test('even if its record cannot be read', async () => {
    const world = new BatchWorld();
    jest.spyOn(world.store, 'load').mockRejectedValue(new Error('no connection'));
    const rejected = () => {
      throw new PermanentError('never');
    };
    expect(await world.run([asked('one')], rejected)).toEqual([]);
    expect(world.parked).toHaveLength(1);
  });
});

describe('a message that is deferred', () => {
  const defer = (seconds: number) => () => {
    throw new DeferredError('the dependency is down', seconds);
  };

  test('returns as a delayed copy, which does not count as an attempt', async () => {
    const world = new BatchWorld();
    expect(await world.run([asked('one', { receives: 3, attemptsBefore: 1 })], defer(20.2))).toEqual([]);
    expect(world.deferred).toMatchObject([{ seconds: 21, attributes: { attemptsBefore: '3' } }]);
    expect(world.parked).toEqual([]);
  });

  test('waits for at most 15 minutes, the longest delay of SQS', async () => {
    const world = new BatchWorld();
    await world.run([asked('one')], defer(10_000));
    expect(world.deferred[0]?.seconds).toBe(900);
  });

  test('stays in the queue when its copy cannot be sent', async () => {
    const world = new BatchWorld();
    world.queue = { defer: () => Promise.reject(new Error('no connection')) };
    const message = asked('one');
    expect(await world.run([message], defer(20))).toEqual([message.messageId]);
  });
});

describe('message attributes', () => {
  test('hold any text in a form that SQS accepts', () => {
    const tried = fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), (text) => {
      const { value } = toMessageAttributes({ value: text }, '');
      if (text === '') return value === undefined;
      const stored = value?.StringValue ?? '';
      return stored !== '' && isStorableText(stored) && Buffer.byteLength(stored) <= 2_048;
    });
    fc.assert(tried);
  });
});
