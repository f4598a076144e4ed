import fc from 'fast-check';
import catalogue from '../../../../lambdas/checkout/catalogue.json';
import { handler as getOrder } from '../../../../lambdas/checkout/get-order';
import { handler as placeOrder } from '../../../../lambdas/checkout/place-order';
import { HandlerWorld } from '../../../../test/support/handler-world';
import { hostileText, inputs } from './inputs';
import { bodies, headers, isRefused, toRequest } from './requests';

const skus = Object.keys(catalogue.prices);

/** Requests that resemble orders. */
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
    callbackUrl: fc.oneof(fc.constant('https://example.com/hook'), fc.webUrl(), hostileText, fc.anything()),
  },
  { requiredKeys: [] },
);

test('POST /orders answers every request with 202 or a 4xx, and stores nothing of a rejected request', async () => {
  const tried = fc.asyncProperty(bodies(almostOrder), headers, fc.boolean(), async (text, sent, isBase64) => {
    const world = new HandlerWorld();
    const request = toRequest(text, sent, isBase64);
    const response = await world.request(placeOrder, request);
    const stored = world.store.items('records').length + world.store.items('order-views').length;
    return response.statusCode === 202 ? stored === 2 : isRefused(response) && stored === 0;
  });
  await fc.assert(tried, inputs());
});

test('GET /orders/{orderId} answers every request with a 4xx when there are no orders', async () => {
  const tried = fc.asyncProperty(hostileText, headers, async (orderId, sent) =>
    isRefused(await getOrder.run(toRequest('', sent, false, { orderId }), new HandlerWorld().runtime())),
  );
  await fc.assert(tried, inputs());
});
