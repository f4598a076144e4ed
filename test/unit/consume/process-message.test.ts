import { processMessage } from '../../../lambdas/runtime/consume/process-message';
import { DeferredError, PermanentError } from '../../../lambdas/runtime/errors';
import type { ConsumerRuntime } from '../../../lambdas/runtime/runtime';
import { Asked, asked, message } from '../../support/batch-world';
import { HandlerWorld } from '../../support/handler-world';

const DAY = 86_400;
const WINDOW = 30 * DAY;
const subscription = {
  consumer: 'answerer.answer',
  emits: new Set<string>(),
  idempotencyDays: 30,
  attempts: 4,
  backoff: { base: 8, cap: 60 },
};
const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

/** Processes one message. Records what the queue and the log receive. */
class MessageWorld extends HandlerWorld {
  readonly calls: unknown[][] = [];
  readonly lines: [string, string, object][] = [];

  async process(
    sent: ReturnType<typeof message>,
    handle: () => void = () => {},
    queue: Partial<ConsumerRuntime['queue']> = {},
  ) {
    const runtime = this.runtime();
    const log = (level: string) => (text: string, fields: object) => void this.lines.push([level, text, fields]);
    const { message: of, ...processed } = await processMessage(sent, { contracts: [Asked], handle }, subscription, {
      ...runtime,
      log: { info: log('info'), warn: log('warn'), error: log('error') },
      queue: {
        ...runtime.queue,
        park: async (_message, attributes) => void this.calls.push(['park', attributes]),
        defer: async (_message, seconds, attributes) => void this.calls.push(['defer', seconds, attributes]),
        ...queue,
      },
    });
    expect(of).toBe(sent);
    return processed;
  }
}

const fail = (error: unknown) => () => {
  throw error;
};

describe('a message', () => {
  test('ends as processed, then as a duplicate, with its trace', async () => {
    const world = new MessageWorld();
    expect(await world.process(asked('one'))).toEqual({ outcome: 'processed', traceparent });
    expect(await world.process(asked('one'))).toEqual({ outcome: 'duplicate', traceparent });
  });

  test('is logged with its attempt, its duration and its error', async () => {
    const world = new MessageWorld();
    await world.process(asked('one', { receives: 2, attemptsBefore: 1 }), () => {
      world.wait(3);
      throw new Error('not now');
    });
    const attempt = {
      consumer: 'answerer.answer',
      eventId: 'one',
      attempt: 3,
      milliseconds: 3_000,
      error: 'Error: not now',
    };
    expect(world.lines).toEqual([['warn', 'retried', expect.objectContaining(attempt)]]);
  });

  test('is retried after the backoff of its attempt', async () => {
    const world = new MessageWorld();
    const processed = await world.process(asked('one', { receives: 2 }), fail(new Error('not now')));
    expect(processed).toEqual({ outcome: 'retried', retrySeconds: 8, traceparent });
  });

  test.each(['0.5', 'many', '-', String(2 ** 53)])('does not count %j attempts before', async (attemptsBefore) => {
    const sent = asked('one', { receives: 1 });
    const messageAttributes = { attemptsBefore: { dataType: 'String' as const, stringValue: attemptsBefore } };
    const processed = await new MessageWorld().process({ ...sent, messageAttributes }, fail(new Error('not now')));
    expect(processed).toMatchObject({ outcome: 'retried', retrySeconds: 4 });
  });

  test('is deferred with the attempts so far, without this one', async () => {
    const world = new MessageWorld();
    const processed = await world.process(asked('one', { receives: 2 }), fail(new DeferredError('later', 60)));
    expect(processed).toEqual({ outcome: 'deferred', traceparent });
    expect(world.calls).toEqual([['defer', 60, { attemptsBefore: '1' }]]);
  });

  test('is parked with the reason and all its ids', async () => {
    const world = new MessageWorld();
    const processed = await world.process(asked('one'), fail(new PermanentError('no')));
    expect(processed).toEqual({ outcome: 'parked', traceparent });
    expect(world.calls).toEqual([
      [
        'park',
        {
          reason: 'rejected',
          error: 'PermanentError: no',
          consumer: 'answerer.answer',
          eventId: 'one',
          correlationId: 'correlation-1',
          parkedAt: '2026-01-01T00:00:00.000Z',
        },
      ],
    ]);
  });

  test('that is no event is parked without ids', async () => {
    const world = new MessageWorld();
    expect(await world.process(message('{'))).toEqual({ outcome: 'parked', traceparent: undefined });
    expect(world.calls).toMatchObject([['park', { reason: 'not-json', eventId: '', correlationId: '' }]]);
  });

  test('is retried when it cannot be parked, and logged with the second error', async () => {
    const world = new MessageWorld();
    const park = () => Promise.reject(new Error('no queue'));
    const processed = await world.process(asked('one', { receives: 2 }), fail(new PermanentError('no')), { park });
    expect(processed).toEqual({ outcome: 'retried', retrySeconds: 8, traceparent });
    expect(world.lines).toMatchObject([['warn', 'retried', { error: 'Error: no queue' }]]);
  });

  test('is parked when its record cannot be read', async () => {
    const world = new MessageWorld();
    const handle = () => {
      jest.spyOn(world.store, 'load').mockRejectedValue(new Error('no store'));
      throw new PermanentError('no');
    };
    expect(await world.process(asked('one'), handle)).toMatchObject({ outcome: 'parked' });
  });

  test('is processed until the end of the idempotency window, and parked after it', async () => {
    const [last, late] = [new MessageWorld(), new MessageWorld()];
    last.wait(WINDOW);
    expect(await last.process(asked('one'))).toMatchObject({ outcome: 'processed' });
    late.wait(WINDOW + 0.001);
    expect(await late.process(asked('one'))).toMatchObject({ outcome: 'parked' });
    const error =
      'PermanentError: Asked one of 2026-01-01T00:00:00.000Z is older than the idempotency window (30 days).';
    expect(late.calls).toMatchObject([['park', { reason: 'expired', error }]]);
  });
});
