import * as z from 'zod/mini';
import { defineEvent, upcast } from '../../../contracts/core/contract';
import { personal, redact, secret } from '../../../contracts/core/sensitivity';
import { logging } from '../../../lambdas/runtime/adapters/logging';
import { consume } from '../../../lambdas/runtime/consume/consume';
import { defineService } from '../../../lambdas/runtime/declare/service';
import { DeferredError, PermanentError } from '../../../lambdas/runtime/errors';
import { bodyOf, message } from '../../support/batch-world';
import { eventOf } from '../../support/handler-world';
import { AdapterWorld } from './adapter-world';

const Name = z.string();
const Signed = defineEvent({
  name: 'Signed',
  owner: 'signer',
  version: 2,
  schema: z.object({ contractId: Name, person: personal(Name), token: z.optional(secret(Name)) }),
  upcasts: { 1: upcast(z.object({ contractId: Name, who: personal(Name) }), (v1) => ({ ...v1, person: v1.who })) },
});
const keepSigned = defineService('archive').subscription('keep', { to: [Signed] });
const data = { contractId: 'contract-1', person: 'Ada Lovelace', token: 'a8f5f167' };
const signed = (id = 'event-1') => message(bodyOf(eventOf(Signed, data, id)));
const event = eventOf(Signed, data);
/** The event as version 1 of its contract had it. */
const signedBefore = {
  ...event,
  detail: {
    metadata: { ...event.detail.metadata, version: 1 },
    data: { contractId: 'contract-1', who: 'Ada Lovelace' },
  },
};

async function linesOf(handle: () => void, adapters = [logging()]) {
  const world = new AdapterWorld();
  await world.run(consume(keepSigned, handle, adapters), [signed()]);
  return world.lines;
}

test('writes one line for each message, with its ids, duration and outcome', async () => {
  const world = new AdapterWorld();
  const [first, second] = [signed(), message('not JSON')];
  const slow = consume(keepSigned, () => world.wait(1.5), [logging()]);
  await world.run(slow, [first]);
  await world.run(slow, [second]);
  expect(world.lines).toEqual([
    {
      level: 'info',
      message: 'processed',
      fields: {
        consumer: 'archive.keep',
        event: 'Signed',
        version: 2,
        eventId: 'event-1',
        correlationId: 'correlation-1',
        milliseconds: 1_500,
        data: { contractId: 'contract-1', person: '[personal]', token: '[secret]' },
      },
    },
    {
      level: 'error',
      message: 'parked',
      fields: expect.objectContaining({ messageId: second.messageId, error: expect.stringContaining('not JSON') }),
    },
  ]);
});

const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

test('names the message, its attempt, version and trace when it has failed', async () => {
  const world = new AdapterWorld();
  const failing = consume(keepSigned, () => {
    throw new Error('no answer');
  });
  const first = message(bodyOf(signedBefore));
  await world.run(failing, [first]);
  const { messageId } = first;
  expect(world.lines[0]?.fields).toMatchObject({ version: 1, traceparent, messageId, attempt: 1 });
});

test('leaves out what every message of a fresh contract has: version 1, and attempt 1', async () => {
  const world = new AdapterWorld();
  await world.run(
    consume(keepSigned, () => {}),
    [message(bodyOf(signedBefore)), message(bodyOf(eventOf(Signed, data, 'event-2')), { receives: 3 })],
  );
  expect(world.lines.map(({ fields }) => fields)).toEqual([
    expect.not.objectContaining({ version: expect.anything(), attempt: expect.anything() }),
    expect.objectContaining({ version: 2, attempt: 3 }),
  ]);
});

test('names the trace of every message when traces are exported', async () => {
  const world = new AdapterWorld();
  const spans = { add: () => {}, flush: async () => {} };
  await world.run(
    consume(keepSigned, () => {}),
    [signed()],
    { ...world.instance(), spans },
  );
  expect(world.lines[0]?.fields).toMatchObject({ traceparent });
});

test('logs no data without the adapter', async () => {
  const [line] = await linesOf(() => {}, []);
  expect(line?.fields).not.toHaveProperty('data');
});

test.each([
  ['parks', new PermanentError('Ada Lovelace has signed with a8f5f167 before')],
  ['retries', new Error('no answer for Ada Lovelace with a8f5f167')],
  ['defers', new DeferredError('Ada Lovelace has to wait for a8f5f167', 1)],
])('redacts personal and secret values in the error of a message that it %s', async (_, error) => {
  const lines = await linesOf(() => {
    throw error;
  });
  const written = JSON.stringify(lines);
  expect(written).not.toMatch(/Lovelace|a8f5f167/);
  expect(lines[0]?.fields.error).toContain('[redacted]');
});

test('redacts values that an older version marks', async () => {
  const world = new AdapterWorld();
  const failing = consume(keepSigned, ({ person }) => {
    throw new Error(`no room for ${person}`);
  });
  await world.run(failing, [message(bodyOf(signedBefore))]);
  expect(world.lines[0]?.fields.error).toBe('Error: no room for [redacted]');
});

test('does not redact another property with the same schema', () => {
  expect(redact(z.object({ name: Name }), { name: 'stock' })).toEqual({ name: 'stock' });
});

test('redacts inside lists, records, unions and optional properties', () => {
  const person = personal(Name);
  const schema = z.object({
    list: z.array(z.object({ person })),
    byRole: z.record(z.string(), z.nullable(person)),
    either: z.union([z.object({ kind: z.literal('a'), person }), z.object({ kind: z.literal('b'), thing: Name })]),
    absent: z.optional(person),
  });
  const given = {
    list: [{ person: 'p' }],
    byRole: { a: 'p', b: null },
    either: { kind: 'a', person: 'p' },
    other: 'o',
  };
  expect(redact(schema, given)).toEqual({
    list: [{ person: '[personal]' }],
    byRole: { a: '[personal]', b: null },
    either: { kind: 'a', person: '[personal]' },
    other: 'o',
  });
});

test('processes the message if the log fails', async () => {
  const world = new AdapterWorld();
  const broken = () => {
    throw new Error('disk full');
  };
  const instance = { ...world.instance(), log: { info: broken, warn: broken, error: broken } };
  expect(
    await world.run(
      consume(keepSigned, () => {}, [logging()]),
      [signed()],
      instance,
    ),
  ).toEqual([]);
  expect(world.store.items('records')).toHaveLength(1);
});
