import { defineService } from '../../../lambdas/runtime/declare/service';
import type { HttpRequest } from '../../../lambdas/runtime/http/http';
import { serveItem } from '../../../lambdas/runtime/http/serve-item';
import { counter } from '../../support/batch-world';
import { HandlerWorld } from '../../support/handler-world';

const showCount = defineService('answerer').endpoint('show-count', { route: 'GET /counts/{id}', uses: [counter] });
const PENDING_BELOW = 3;
const handler = serveItem(showCount, counter, ({ count }) => ({
  body: { count },
  ...(count < PENDING_BELOW && { retryAfter: 1 }),
}));

async function worldWith(count: number): Promise<HandlerWorld> {
  const world = new HandlerWorld();
  await world.store.transact([{ kind: 'put', ref: counter('one'), item: { id: 'one', count }, expected: 'absent' }]);
  return world;
}

function ask(world: HandlerWorld, id: string, headers: Record<string, string> = {}) {
  const request = { headers, pathParameters: { id } } as unknown as HttpRequest;
  return handler.run(request, world.runtime());
}

describe('serveItem', () => {
  test('shows a resource, with Retry-After while it is pending', async () => {
    const response = await ask(await worldWith(1), 'one');
    expect(response).toMatchObject({
      statusCode: 200,
      body: '{"count":1}',
      headers: { 'retry-after': '1', etag: expect.stringMatching(/^".+"$/) },
    });
    expect((await ask(await worldWith(3), 'one')).headers).not.toHaveProperty('retry-after');
  });

  test('responds 304 to a client that has the current version, and 200 once it has changed', async () => {
    const etag = String((await ask(await worldWith(1), 'one')).headers?.etag);
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      expect(await ask(await worldWith(1), 'one', { 'if-none-match': tag })).toMatchObject({
        statusCode: 304,
        headers: { etag },
      });
    }
    expect((await ask(await worldWith(2), 'one', { 'if-none-match': etag })).statusCode).toBe(200);
  });

  test('responds 404 problem details when the resource does not exist', async () => {
    const response = await ask(await worldWith(1), 'other');
    expect(response).toMatchObject({ statusCode: 404, headers: { 'content-type': 'application/problem+json' } });
  });

  test.each([
    ['of 2,100 characters', 'x'.repeat(2_100)],
    ['of 700 characters with three bytes each', '€'.repeat(700)],
    ['with an unpaired surrogate', '\ud800'],
    ['with a null character', '\u0000'],
    ['that is empty', ''],
  ])('responds 404 to an id %s, without a read: no item has it', async (_, id) => {
    const world = await worldWith(1);
    const load = jest.spyOn(world.store, 'load').mockRejectedValue(new Error('ValidationException'));
    expect((await ask(world, id)).statusCode).toBe(404);
    expect(load).not.toHaveBeenCalled();
  });

  test('responds 503 problem details when the item cannot be read', async () => {
    const world = await worldWith(1);
    jest.spyOn(world.store, 'load').mockRejectedValue(new Error('no connection'));
    expect(await ask(world, 'one')).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
  });
});
