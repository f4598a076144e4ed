import { OrderPlaced } from '../../../../contracts/checkout';
import { redact } from '../../../../contracts/core/sensitivity';
import { OrderRequest } from '../../../../lambdas/checkout/order-request';
import { accepted, refusedAtAcceptance } from '../../../../test/unit/runtime/hostile-urls';

const order = { customerId: 'ada', lines: [{ sku: 'teapot', quantity: 1 }] };
const placed = { orderId: 'order', ...order, total: { amount: 1, currency: 'EUR' } };

describe('the callback URL of an order', () => {
  it.each(refusedAtAcceptance)('is rejected: %j, %s', (url) => {
    const parsed = OrderRequest.safeParse({ ...order, callbackUrl: url });
    expect(parsed.error?.issues.map(({ path }) => path)).toEqual([['callbackUrl']]);
  });

  it.each(accepted)('is accepted and published: %j', (url) => {
    expect(OrderRequest.parse({ ...order, callbackUrl: url }).callbackUrl).toBe(url);
    expect(OrderPlaced.schema.parse({ ...placed, callbackUrl: url })).toMatchObject({ callbackUrl: url });
  });

  it('is redacted in logs, like the customer', () => {
    const data = { orderId: 'o', customerId: 'ada', callbackUrl: 'https://example.com/?token=1' };
    expect(redact(OrderPlaced.schema, data)).toEqual({
      orderId: 'o',
      customerId: '[personal]',
      callbackUrl: '[secret]',
    });
  });
});
