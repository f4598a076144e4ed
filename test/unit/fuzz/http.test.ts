import fc from 'fast-check';
import { OrderPlaced } from '../../../contracts';
import catalogue from '../../../lambdas/checkout/catalogue.json';
import { handler as getOrder } from '../../../lambdas/checkout/get-order';
import { handler as placeOrder } from '../../../lambdas/checkout/place-order';
import type { HttpRequest } from '../../../lambdas/runtime/http';
import { HandlerWorld } from '../../support/handler-world';
import { hostileText, inputs } from './inputs';

const skus = Object.keys(catalogue.prices);

/** Requests that look more or less like orders, and many that do not. */
const almostOrder = fc.record(
  {
    customerId: fc.oneof(fc.constant('ada'), hostileText, fc.anything()),
    lines: fc.oneof(
      fc.array(
        fc.record({
          sku: fc.oneof(fc.constantFrom(...skus), hostileText),
          quantity: fc.oneof(fc.integer(), fc.double(), fc.constantFrom(0, -1, 1e308, '1'), fc.anything()),
        }),
        { maxLength: 60 },
      ),
      fc.anything(),
    ),
    expectedTotal: fc.oneof(fc.record({ amount: fc.integer(), currency: fc.string() }), fc.anything()),
    callbackUrl: fc.oneof(fc.webUrl(), hostileText, fc.anything()),
  },
  { requiredKeys: [] },
);
const body = fc.oneof(
  { weight: 4, arbitrary: almostOrder.map((order) => toJson(order)) },
  { weight: 2, arbitrary: fc.json() },
  { weight: 2, arbitrary: hostileText },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 100_000 }).map((depth) => '['.repeat(depth)) },
);
const headers = fc.record(
  {
    'content-type': fc.oneof(
      { weight: 8, arbitrary: fc.constant('application/json') },
      { weight: 1, arbitrary: hostileText },
    ),
    'idempotency-key': fc.oneof(fc.uuid(), hostileText),
    traceparent: hostileText,
    'if-none-match': hostileText,
  },
  { requiredKeys: ['content-type'] },
);

test('POST /orders answers every request with 202 or a 4xx, and stores nothing of what it refuses', async () => {
  const tried = fc.asyncProperty(body, headers, fc.boolean(), async (text, sent, isBase64Encoded) => {
    const world = new HandlerWorld();
    const response = await world.request(
      'checkout.place-order',
      placeOrder,
      [OrderPlaced],
      toRequest(text, sent, isBase64Encoded),
    );
    const stored = world.store.items('records').length + world.store.items('order-views').length;
    if (response.statusCode === 202) return stored === 2;
    const isProblem = response.headers?.['content-type'] === 'application/problem+json';
    return isClientError(response.statusCode) && isProblem && stored === 0;
  });
  await fc.assert(tried, inputs());
});

test('GET /orders/{orderId} answers every request with a 4xx when there are no orders', async () => {
  const tried = fc.asyncProperty(hostileText, headers, async (orderId, sent) => {
    const request = { ...toRequest('', sent, false), pathParameters: { orderId } };
    const { statusCode } = await getOrder.run(request, new HandlerWorld().runtime());
    return isClientError(statusCode);
  });
  await fc.assert(tried, inputs());
});

function isClientError(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500;
}

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'undefined';
  } catch {
    return '{}';
  }
}

function toRequest(text: string, sent: Record<string, string>, isBase64Encoded: boolean): HttpRequest {
  return {
    version: '2.0',
    routeKey: 'POST /orders',
    rawPath: '/orders',
    rawQueryString: '',
    headers: sent,
    requestContext: {} as HttpRequest['requestContext'],
    body: isBase64Encoded ? Buffer.from(text).toString('base64') : text,
    isBase64Encoded,
  };
}
