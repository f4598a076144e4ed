import fc from 'fast-check';
import { toMessageAttributes } from '../../../lambdas/runtime/aws/message-attributes';
import { DeferredError, PermanentError } from '../../../lambdas/runtime/errors';
import { toBusEvent } from '../../../lambdas/runtime/events/bus-event';
import { Asked, asked, BatchWorld, bodyOf, message } from '../../support/batch-world';
import { eventOf } from '../../support/handler-world';

const event = eventOf(Asked, { id: 'one' }, 'one');
const untouched = () => {
  throw new Error('The handler must not be called.');
};

test('a reminder that was set long ago is as old as the time at which it was to come', async () => {
  const world = new BatchWorld();
  const metadata = { ...event.detail.metadata, occurredAt: '2025-06-30T00:00:00.000Z' };
  const reminder = (id: string, due: string) =>
    message(JSON.stringify(toBusEvent({ ...event, detail: { ...event.detail, metadata: { ...metadata, id } }, due })));
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

describe('a message that can never be processed is parked at once, with the reason', () => {
  test.each([
    ['not-json', '{"source":'],
    ['not-an-event', '{"hello":"world"}'],
    ['not-an-event', bodyOf({ ...event, detail: { ...event.detail, metadata: { ...event.detail.metadata, id: '' } } })],
    ['unknown-contract', bodyOf({ ...event, name: 'Whispered' })],
    ['unknown-contract', bodyOf({ ...event, source: 'somebody-else' })],
    ['broken-contract', bodyOf({ ...event, detail: { ...event.detail, data: { id: 1 } } })],
    [
      'unknown-version',
      bodyOf({ ...event, detail: { ...event.detail, metadata: { ...event.detail.metadata, version: 99 } } }),
    ],
    [
      'expired',
      bodyOf({
        ...event,
        detail: { ...event.detail, metadata: { ...event.detail.metadata, occurredAt: '2025-11-30T00:00:00Z' } },
      }),
    ],
  ])('%s: %.60s', async (reason, body) => {
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

  test('rejected by its handler', async () => {
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

  test('and stays in the queue when it cannot be parked', async () => {
    const world = new BatchWorld();
    world.queue = { park: () => Promise.reject(new Error('no connection')) };
    const broken = message('not json');
    expect(await world.run([broken], untouched)).toEqual([broken.messageId]);
  });

  test('even if it cannot be told whether it was processed before', async () => {
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

  test('goes back as a delayed copy, and burns no attempt', async () => {
    const world = new BatchWorld();
    expect(await world.run([asked('one', { receives: 3, attemptsBefore: 1 })], defer(20.2))).toEqual([]);
    expect(world.deferred).toMatchObject([{ seconds: 21, attributes: { attemptsBefore: '3' } }]);
    expect(world.parked).toEqual([]);
  });

  test('waits no longer than SQS can delay it', async () => {
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
  test('hold any text in a form that SQS takes', () => {
    const tried = fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), (text) => {
      const { value } = toMessageAttributes({ value: text });
      if (text === '') return value === undefined;
      const stored = value?.StringValue ?? '';
      // XML 1.0 characters: what the SQS API reference allows.
      return /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]+$/u.test(stored) && stored.length <= 1_024;
    });
    fc.assert(tried);
  });
});
