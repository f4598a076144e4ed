import * as z from 'zod/mini';
import { defineService } from '../../../lambdas/runtime/declare/service';
import { accept } from '../../../lambdas/runtime/http/accept';
import { type HttpRequest, type HttpResponse, Problem } from '../../../lambdas/runtime/http/http';
import { Answered } from '../../support/batch-world';
import { HandlerWorld } from '../../support/handler-world';

const Wish = z.strictObject({ what: z.string(), lines: z.optional(z.array(z.object({ count: z.int() }))) });
const makeWish = defineService('answerer').endpoint('make-wish', {
  route: 'POST /wishes',
  body: Wish,
  emits: [Answered],
});
const handler = accept(makeWish, (wish, work) => {
  if (wish.what === 'the moon') {
    throw new Problem(422, 'impossible', 'It cannot be had', [{ pointer: '#/what', detail: 'is out of reach' }]);
  }
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

function send(world: HandlerWorld, sent: HttpRequest): Promise<HttpResponse> {
  return world.request(handler, sent);
}

const problemOf = ({ body }: HttpResponse) => JSON.parse(body ?? '{}') as Record<string, unknown>;

describe('a request', () => {
  test('is accepted at once: 202, where and when to look', async () => {
    const world = new HandlerWorld();
    const response = await send(world, request({ what: 'a teapot' }));
    const { id } = problemOf(response) as { id: string };
    expect(response).toMatchObject({ statusCode: 202, headers: { location: `/wishes/${id}`, 'retry-after': '2' } });
    expect(world.published()).toHaveLength(1);
  });

  test('in Base64 is read', async () => {
    const body = Buffer.from('{"what":"a teapot"}').toString('base64');
    const response = await send(new HandlerWorld(), { ...request(''), body, isBase64Encoded: true });
    expect(response.statusCode).toBe(202);
  });

  test.each<[string, HttpRequest, number, object]>([
    ['is not JSON', request('{"what":'), 400, { pointer: '#' }],
    ['is nested without end', request('['.repeat(100_000)), 400, { pointer: '#' }],
    ['has no body', { ...request(''), body: undefined }, 400, { pointer: '#' }],
    ['misses a field', request({}), 400, { pointer: '#/what' }],
    ['has a field too many', request({ what: 'a', price: 1 }), 400, { pointer: '#' }],
    [
      'is wrong deep inside',
      request({ what: 'a', lines: [{ count: 1 }, { count: 0.5 }] }),
      400,
      { pointer: '#/lines/1/count' },
    ],
    ['is refused by its handler', request({ what: 'the moon' }), 422, { pointer: '#/what', detail: 'is out of reach' }],
    [
      'is no JSON by its type',
      request({ what: 'a' }, { 'content-type': 'text/plain' }),
      415,
      { field: 'Content-Type' },
    ],
    ['is too large', request({ what: 'x'.repeat(256 * 1024) }), 413, { pointer: '#' }],
    ['has a key that is none', request({ what: 'a' }, { 'idempotency-key': 'ä' }), 400, { field: 'Idempotency-Key' }],
    [
      'has a key without end',
      request({ what: 'a' }, { 'idempotency-key': 'k'.repeat(256) }),
      400,
      { field: 'Idempotency-Key' },
    ],
  ])('that %s is a problem that names the field, and nothing is stored', async (_name, sent, status, error) => {
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

  test('is answered with 503 when it cannot be stored, and may be repeated', async () => {
    const world = new HandlerWorld();
    jest.spyOn(world.store, 'transact').mockRejectedValueOnce(new Error('no connection'));
    const sent = request({ what: 'a teapot' }, { 'idempotency-key': 'key' });
    expect(await send(world, sent)).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
    expect((await send(world, sent)).statusCode).toBe(202);
  });
});

describe('a request under an Idempotency-Key', () => {
  const first = request({ what: 'a', lines: [{ count: 1 }] }, { 'idempotency-key': 'key' });

  test('that is repeated gets the same answer, and has no second effect', async () => {
    const world = new HandlerWorld();
    const answer = await send(world, first);
    const reordered = { ...first, body: '{ "lines": [{"count":1}], "what": "a" }' };
    expect(await send(world, reordered)).toEqual(answer);
    expect(world.published()).toHaveLength(1);
  });

  test('that is sent twice at the same moment is one request', async () => {
    const world = new HandlerWorld();
    const [one, other] = await Promise.all([send(world, first), send(world, first)]);
    expect(one).toEqual(other);
    expect([one?.statusCode, world.published().length]).toEqual([202, 1]);
  });

  test('with another body is refused with 422', async () => {
    const world = new HandlerWorld();
    await send(world, first);
    const response = await send(world, { ...first, body: '{"what":"b"}' });
    expect([response.statusCode, problemOf(response).type]).toEqual([422, 'urn:problem:idempotency-key-reused']);
    expect(world.published()).toHaveLength(1);
  });

  test('is another request when another caller chose the same key', async () => {
    const world = new HandlerWorld();
    const headers = { 'idempotency-key': 'key' };
    await send(world, request({ what: 'a' }, headers, 'arn:ada'));
    expect((await send(world, request({ what: 'b' }, headers, 'arn:bob'))).statusCode).toBe(202);
    expect(world.published()).toHaveLength(2);
  });

  test('that was refused may be corrected', async () => {
    const world = new HandlerWorld();
    const headers = { 'idempotency-key': 'key' };
    expect((await send(world, request({}, headers))).statusCode).toBe(400);
    expect((await send(world, request({ what: 'a' }, headers))).statusCode).toBe(202);
  });
});
