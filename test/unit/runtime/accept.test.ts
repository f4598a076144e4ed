import * as z from 'zod/mini';
import { defineService } from '../../../lambdas/runtime/declare/service';
import { PermanentError } from '../../../lambdas/runtime/errors';
import { accept } from '../../../lambdas/runtime/http/accept';
import { type HttpRequest, type HttpResponse, Problem } from '../../../lambdas/runtime/http/http';
import { outgoingHeaders } from '../../../lambdas/runtime/work/current-cause';
import { Answered, counter } from '../../support/batch-world';
import { HandlerWorld } from '../../support/handler-world';

const Wish = z.strictObject({
  what: z.string(),
  lines: z.optional(z.array(z.object({ count: z.int() }))),
  notes: z.optional(z.record(z.string(), z.string())),
  more: z.optional(z.unknown()),
});
const makeWish = defineService('answerer').endpoint('make-wish', {
  route: 'POST /wishes',
  body: Wish,
  emits: [Answered],
  uses: [counter],
});
/** The headers with which the handler called another system. */
const calls: Record<string, string>[] = [];
let runs = 0;
const handler = accept(makeWish, async (wish, work) => {
  if (wish.what === 'the moon') {
    throw new Problem(422, 'impossible', 'It cannot be had', [{ pointer: '#/what', detail: 'is out of reach' }]);
  }
  if (wish.what === 'the past') throw new PermanentError('there is no way back');
  if (wish.what === 'a lot') for (let i = 0; i < 3; i++) work.emit(Answered, { id: 'x'.repeat(150_000) });
  if (wish.what.startsWith('a counter named ')) await work.load(counter(wish.what));
  if (wish.what === 'more') work.continueFlow('earlier-flow');
  if (wish.what === 'a call') calls.push(outgoingHeaders());
  if (wish.what === 'an error') throw new Error('no wishes left');
  if (wish.what === 'nothing') throw null;
  if (wish.what === 'undefined') throw undefined;
  if (wish.what === 'a number') return { body: { run: ++runs } };
  const id = work.newId('wish');
  work.emit(Answered, { id });
  return { location: `/wishes/${id}`, retryAfter: 2, body: { id } };
});

function request(body: unknown, headers: Record<string, string> = {}, caller?: string): HttpRequest {
  return {
    version: '2.0',
    routeKey: 'POST /wishes',
    rawPath: '/wishes',
    rawQueryString: '',
    headers: { 'content-type': 'application/json', ...headers },
    requestContext: (caller ? { authorizer: { iam: { userArn: caller } } } : {}) as HttpRequest['requestContext'],
    isBase64Encoded: false,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

function inBase64(bytes: Buffer): HttpRequest {
  return { ...request(''), body: bytes.toString('base64'), isBase64Encoded: true };
}

function send(world: HandlerWorld, sent: HttpRequest): Promise<HttpResponse> {
  return world.request(handler, sent);
}

const problemOf = ({ body }: HttpResponse) => JSON.parse(body ?? '{}') as Record<string, unknown>;

describe('accept', () => {
  test('responds 202 at once, with a location and the time to look there', async () => {
    const world = new HandlerWorld();
    const response = await send(world, request({ what: 'a teapot' }));
    const { id } = problemOf(response) as { id: string };
    expect(response).toMatchObject({ statusCode: 202, headers: { location: `/wishes/${id}`, 'retry-after': '2' } });
    expect(world.published()).toHaveLength(1);
  });

  test('continues the flow that its handler names', async () => {
    const world = new HandlerWorld();
    await send(world, request({ what: 'more' }));
    expect(world.published().map(({ detail }) => detail.metadata.correlationId)).toEqual(['earlier-flow']);
    expect(world.store.items('records')).toMatchObject([{ correlationId: 'earlier-flow' }]);
  });

  test('continues its trace in requests to other systems', async () => {
    const world = new HandlerWorld();
    const trace = '0af7651916cd43dd8448eb211c80319c';
    await send(world, request({ what: 'a call' }, { traceparent: `00-${trace}-b7ad6b7169203331-01` }));
    const [event] = world.published();
    expect(calls).toEqual([
      {
        traceparent: expect.stringMatching(new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`)),
        'x-correlation-id': event?.detail.metadata.correlationId,
      },
    ]);
    expect(outgoingHeaders()).toEqual({});
  });

  test('reads a body in Base64', async () => {
    const response = await send(new HandlerWorld(), inBase64(Buffer.from('{"what":"ein Käse"}')));
    expect(response.statusCode).toBe(202);
  });

  test.each<[string, HttpRequest, number, object]>([
    ['is not JSON', request('{"what":'), 400, { pointer: '#' }],
    ['opens 100,000 lists', request('['.repeat(100_000)), 400, { pointer: '#' }],
    ['has no body', { ...request(''), body: undefined }, 400, { pointer: '#' }],
    ['lacks a field', request({}), 400, { pointer: '#/what' }],
    ['has an unknown field', request({ what: 'a', price: 1 }), 400, { pointer: '#' }],
    [
      'has an invalid value deep inside',
      request({ what: 'a', lines: [{ count: 1 }, { count: 0.5 }] }),
      400,
      { pointer: '#/lines/1/count' },
    ],
    ['is refused by its handler', request({ what: 'the moon' }), 422, { pointer: '#/what', detail: 'is out of reach' }],
    [
      'has another content type',
      request({ what: 'a' }, { 'content-type': 'text/plain' }),
      415,
      { field: 'Content-Type' },
    ],
    ['exceeds 256 KB', request({ what: 'x'.repeat(256 * 1024) }), 413, { pointer: '#' }],
    ['exceeds 256 KB in Base64', inBase64(Buffer.alloc(256 * 1024 + 1, ' ')), 413, { pointer: '#' }],
    [
      'has a key outside of ASCII',
      request({ what: 'a' }, { 'idempotency-key': 'ä' }),
      400,
      { field: 'Idempotency-Key' },
    ],
    [
      'has a key of 256 characters',
      request({ what: 'a' }, { 'idempotency-key': 'k'.repeat(256) }),
      400,
      { field: 'Idempotency-Key' },
    ],
  ])('refuses a request that %s, names the field, and stores nothing', async (_name, sent, status, error) => {
    const world = new HandlerWorld();
    const response = await send(world, sent);
    expect(response.headers?.['content-type']).toBe('application/problem+json');
    expect(problemOf(response)).toMatchObject({
      status,
      type: expect.stringContaining('urn:problem:'),
      errors: [error],
    });
    expect([response.statusCode, world.store.items('records')]).toEqual([status, []]);
  });

  test.each<[string, HttpRequest, string, string]>([
    ['an unpaired surrogate', request('{"what":"\\ud800"}'), '#/what', 'contains U+D800'],
    ['one that the body holds unescaped', request('{"what":"\udfff"}'), '#/what', 'contains U+DFFF'],
    ['U+FFFF', request({ what: 'a\uffff' }), '#/what', 'contains U+FFFF'],
    ['a control character', request({ what: 'a\u0000' }), '#/what', 'contains U+0000'],
    ['one in a name', request('{"what":"a","notes":{"\\ud800":"b"}}'), '#/notes/%EF%BF%BD', 'has a name that contains'],
    [
      'one in the name of an invalid value',
      request('{"what":"a","notes":{"\\ud800":1}}'),
      '#/notes/%EF%BF%BD',
      'expected',
    ],
    ['one where the schema allows anything', request({ what: 'a', more: [{ b: '\uffff' }] }), '#/more/0/b', 'U+FFFF'],
    ['bytes that are not UTF-8', inBase64(Buffer.from('{"what":"\xff"}', 'latin1')), '#', 'is not UTF-8'],
  ])('refuses text that no channel can carry: %s', async (_name, sent, pointer, detail) => {
    const world = new HandlerWorld();
    const response = await send(world, sent);
    expect(problemOf(response)).toMatchObject({
      status: 400,
      errors: [{ pointer, detail: expect.stringContaining(detail) }],
    });
    expect(world.store.items('records')).toEqual([]);
  });

  test('refuses endless nesting where the schema allows anything', async () => {
    const nested = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const response = await send(new HandlerWorld(), request(`{"what":"a","more":${nested}}`));
    expect(problemOf(response)).toMatchObject({
      status: 400,
      errors: [{ detail: expect.stringContaining('100 levels') }],
    });
  });

  test('lists ten errors of a body at most', async () => {
    const response = await send(new HandlerWorld(), request({ what: 'a', more: Array(50).fill('\u0000') }));
    expect(problemOf(response).errors).toHaveLength(10);
  });

  test.each([
    ['its handler rejects it', 'the past', 422, 'urn:problem:rejected'],
    ['a key would be too long', `a counter named ${'x'.repeat(2_100)}`, 422, 'urn:problem:rejected'],
    ['its events would be too large', 'a lot', 413, 'urn:problem:too-large'],
  ])('responds 4xx, not 503, to a request that can never be processed: %s', async (_, what, status, type) => {
    const world = new HandlerWorld();
    const response = await send(world, request({ what }));
    expect(problemOf(response)).toMatchObject({ status, type });
    expect(response.headers).not.toHaveProperty('retry-after');
    expect(world.store.items('records')).toEqual([]);
  });

  const wish = JSON.stringify({ what: 'a teapot' });
  const padded = (bytes: number) => wish.padEnd(bytes, ' ');
  test.each<[string, HttpRequest]>([
    ['a body of exactly 256 KB', request(padded(256 * 1024))],
    ['a body of exactly 256 KB in Base64', inBase64(Buffer.from(padded(256 * 1024)))],
    ['a content type with parameters', request(wish, { 'content-type': 'Application/JSON ; charset=utf-8' })],
    ['a key of 255 characters', request(wish, { 'idempotency-key': '~'.repeat(255) })],
  ])('accepts %s', async (_, sent) => {
    expect((await send(new HandlerWorld(), sent)).statusCode).toBe(202);
  });

  const invalid = { status: 400, type: 'urn:problem:invalid-request', title: 'The request is not valid' };
  const notJson = { status: 415, type: 'urn:problem:unsupported-media-type', title: 'The body must be JSON' };
  const rejected = { title: 'The request cannot be processed' };
  test.each<[string, HttpRequest, object, object]>([
    ['no JSON', request('{'), invalid, { pointer: '#', detail: 'is not JSON' }],
    ['a byte order mark', inBase64(Buffer.from(`\ufeff${wish}`)), invalid, { pointer: '#', detail: 'is not JSON' }],
    [
      'a key with a space',
      request(wish, { 'idempotency-key': 'a b' }),
      invalid,
      { field: 'Idempotency-Key', detail: 'must be 1 to 255 visible ASCII characters' },
    ],
    ...['application/jsonp', 'text/application/json', undefined].map((type): [string, HttpRequest, object, object] => [
      `the content type ${type}`,
      { ...request(wish), headers: type === undefined ? {} : { 'content-type': type } },
      notJson,
      { field: 'Content-Type', detail: 'must be application/json' },
    ]),
    [
      'a body above 256 KB',
      request(padded(256 * 1024 + 1)),
      { status: 413, type: 'urn:problem:body-too-large', title: 'The body is too large' },
      { pointer: '#', detail: 'must not exceed 256 KB' },
    ],
    [
      'a wish that is rejected',
      request({ what: 'the past' }),
      { ...rejected, status: 422, type: 'urn:problem:rejected' },
      { detail: 'nothing was accepted; the same request will be rejected again' },
    ],
    [
      'a wish whose events are too large',
      request({ what: 'a lot' }),
      { ...rejected, status: 413, type: 'urn:problem:too-large' },
      { detail: 'nothing was accepted; the same request will be rejected again' },
    ],
    [
      'a wish that breaks the handler',
      request({ what: 'nothing' }),
      { status: 503, type: 'urn:problem:unavailable', title: 'The service cannot take requests now' },
      { detail: 'nothing was accepted; repeat the request, with the same Idempotency-Key if it had one' },
    ],
  ])('explains the refusal of %s', async (_, sent, problem, error) => {
    const { detail, ...rest } = problemOf(await send(new HandlerWorld(), sent));
    expect(rest).toEqual({ ...problem, errors: [error] });
  });

  test('lists ten errors of a schema at most', async () => {
    const lines = Array.from({ length: 50 }, () => ({ count: 'many' }));
    const response = await send(new HandlerWorld(), request({ what: 'a', lines }));
    expect(problemOf(response).errors).toHaveLength(10);
  });

  test('responds with a body alone if its handler names no location', async () => {
    const response = await send(new HandlerWorld(), request({ what: 'a number' }));
    expect(response).toStrictEqual({
      statusCode: 202,
      headers: { 'content-type': 'application/json' },
      body: `{"run":${runs}}`,
    });
  });

  test('processes each request without a key, and reads no record for it', async () => {
    const world = new HandlerWorld();
    const load = jest.spyOn(world.store, 'load');
    await send(world, request({ what: 'a teapot' }));
    await send(world, request({ what: 'a teapot' }));
    expect(world.published()).toHaveLength(2);
    expect(load).not.toHaveBeenCalled();
  });

  test('logs each response with its flow, and the error of a failure', async () => {
    const world = new HandlerWorld();
    const lines: [string, string, object][] = [];
    const log = (level: string) => (message: string, fields: object) => void lines.push([level, message, fields]);
    const runtime = { ...world.runtime(), log: { info: log('info'), warn: log('warn'), error: log('error') } };
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    for (const what of ['a teapot', 'more', 'the moon', 'the past', 'an error', 'undefined']) {
      await handler.run(request({ what }, { 'idempotency-key': what.replace(' ', '-'), traceparent }), runtime);
    }
    const [teapot] = world.published();
    const correlationId = teapot?.detail.metadata.correlationId;
    const failed = { correlationId: expect.any(String), traceparent, stack: expect.stringContaining('accept.test') };
    expect(lines).toEqual([
      ['info', 'answered', { status: 202, correlationId, traceparent }],
      ['info', 'answered', { status: 202, correlationId: 'earlier-flow', traceparent }],
      ['info', 'answered', { status: 422, correlationId: expect.any(String), traceparent }],
      ['error', 'failed', { ...failed, status: 422, error: 'PermanentError: there is no way back' }],
      ['error', 'failed', { ...failed, status: 503, error: 'Error: no wishes left' }],
      ['error', 'failed', { ...failed, status: 503, error: 'undefined', stack: undefined }],
    ]);
  });

  test('names its endpoint, which must declare a body', () => {
    expect(handler.endpoint).toBe(makeWish);
    const { body, ...bodiless } = makeWish;
    expect(() => accept(bodiless as typeof makeWish, () => ({ body: {} }))).toThrow(
      'answerer.make-wish accepts requests, so its declaration needs a "body" schema.',
    );
  });

  test('responds 503 when the work cannot be committed, and accepts the same request later', async () => {
    const world = new HandlerWorld();
    jest.spyOn(world.store, 'transact').mockRejectedValueOnce(new Error('no connection'));
    const sent = request({ what: 'a teapot' }, { 'idempotency-key': 'key' });
    expect(await send(world, sent)).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
    expect((await send(world, sent)).statusCode).toBe(202);
  });
});

describe('accept, for a request with an Idempotency-Key', () => {
  const first = request({ what: 'a', lines: [{ count: 1 }] }, { 'idempotency-key': 'key' });

  test('repeats the first response, without a second effect', async () => {
    const world = new HandlerWorld();
    const answer = await send(world, first);
    const reordered = { ...first, body: '{ "lines": [{"count":1}], "what": "a" }' };
    expect(await send(world, reordered)).toEqual(answer);
    expect(world.published()).toHaveLength(1);
  });

  test('processes two requests at the same moment once', async () => {
    const world = new HandlerWorld();
    const [one, other] = await Promise.all([send(world, first), send(world, first)]);
    expect(one).toEqual(other);
    expect([one?.statusCode, world.published().length]).toEqual([202, 1]);
  });

  test('sends the response of the first of two requests at the same moment to both', async () => {
    const world = new HandlerWorld();
    const sent = request({ what: 'a number' }, { 'idempotency-key': 'key' });
    const [one, other] = await Promise.all([send(world, sent), send(world, sent)]);
    expect(one).toEqual(other);
  });

  test('repeats the first response without running the handler', async () => {
    const world = new HandlerWorld();
    const sent = request({ what: 'a number' }, { 'idempotency-key': 'key' });
    await send(world, sent);
    const before = runs;
    await send(world, sent);
    expect(runs).toBe(before);
  });

  test('refuses another body with 422', async () => {
    const world = new HandlerWorld();
    await send(world, first);
    const response = await send(world, { ...first, body: '{"what":"b"}' });
    expect(problemOf(response)).toMatchObject({
      status: 422,
      type: 'urn:problem:idempotency-key-reused',
      title: 'The Idempotency-Key was used for another request',
      errors: [
        { field: 'Idempotency-Key', detail: 'choose a new key for a new request, or repeat the first one unchanged' },
      ],
    });
    expect(world.published()).toHaveLength(1);
  });

  test('distinguishes two callers that chose the same key', async () => {
    const world = new HandlerWorld();
    const headers = { 'idempotency-key': 'key' };
    await send(world, request({ what: 'a' }, headers, 'arn:ada'));
    expect((await send(world, request({ what: 'b' }, headers, 'arn:bob'))).statusCode).toBe(202);
    expect(world.published()).toHaveLength(2);
  });

  test('accepts a corrected request after a refused one', async () => {
    const world = new HandlerWorld();
    const headers = { 'idempotency-key': 'key' };
    expect((await send(world, request({}, headers))).statusCode).toBe(400);
    expect((await send(world, request({ what: 'a' }, headers))).statusCode).toBe(202);
  });
});
