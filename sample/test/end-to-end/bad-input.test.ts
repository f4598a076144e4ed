import { describeDeployed, expectInvariants } from './deployed';
import { storedByCheckout } from './stored';

const line = { sku: 'teapot', quantity: 1 };
const order = { customerId: 'ada', lines: [line] };
const money = { amount: 3_450, currency: 'EUR' };

interface BadRequest {
  readonly name: string;
  readonly body: string;
  readonly headers?: Record<string, string>;
  readonly status: number;
  /** The fields that the problem names. */
  readonly names: string;
}

function bad(name: string, body: unknown, names: string, status = 400): BadRequest {
  return { name, body: JSON.stringify(body), names, status };
}

const withQuantity = (quantity: unknown) => ({ ...order, lines: [{ sku: 'teapot', quantity }] });

const requests: readonly BadRequest[] = [
  { name: 'a body that is not JSON', body: '{"customerId": ', names: '#', status: 400 },
  { name: 'an empty body', body: '', names: '#', status: 400 },
  bad('a body that is no object', [order], '#'),
  bad('no customer', { lines: [line] }, '#/customerId'),
  bad('no lines', { customerId: 'ada' }, '#/lines'),
  bad('an empty order', { ...order, lines: [] }, '#/lines'),
  bad(
    '1,000 lines',
    { ...order, lines: Array.from({ length: 1_000 }, (_, index) => ({ ...line, sku: `sku-${index}` })) },
    '#/lines',
  ),
  bad('the same article twice', { ...order, lines: [line, line] }, '#/lines/1/sku'),
  bad('a line without an article', { ...order, lines: [{ quantity: 1 }] }, '#/lines/0/sku'),
  bad('a negative quantity', withQuantity(-1), '#/lines/0/quantity'),
  bad('a quantity of zero', withQuantity(0), '#/lines/0/quantity'),
  bad('a fractional quantity', withQuantity(1.5), '#/lines/0/quantity'),
  bad('an absurd quantity', withQuantity(1e15), '#/lines/0/quantity'),
  bad('a quantity in words', withQuantity('two'), '#/lines/0/quantity'),
  bad(
    'an article that is not in the catalogue',
    { ...order, lines: [{ sku: 'unicorn', quantity: 1 }] },
    '#/lines/0/sku',
    422,
  ),
  bad(
    'another total than the catalogue says',
    { ...order, expectedTotal: { ...money, amount: 1 } },
    '#/expectedTotal',
    422,
  ),
  bad('another currency', { ...order, expectedTotal: { ...money, currency: 'USD' } }, '#/expectedTotal', 422),
  bad('a total that is no money', { ...order, expectedTotal: 34.5 }, '#/expectedTotal'),
  bad('a customer with an unpaired surrogate', { ...order, customerId: 'a\ud800' }, '#/customerId'),
  bad(
    'a callback URL with an unpaired surrogate',
    { ...order, callbackUrl: 'https://example.com/\ud800' },
    '#/callbackUrl',
  ),
  bad('a callback URL with U+FFFF', { ...order, callbackUrl: 'https://example.com/\uffff' }, '#/callbackUrl'),
  bad('a callback URL inside a cluster', { ...order, callbackUrl: 'https://web.default.svc/' }, '#/callbackUrl'),
  {
    name: 'another content type',
    body: JSON.stringify(order),
    headers: { 'content-type': 'text/plain' },
    names: 'Content-Type',
    status: 415,
  },
  { name: 'a body over 256 KB', body: JSON.stringify(order) + ' '.repeat(256 * 1_024), names: '#', status: 413 },
  {
    name: 'an idempotency key that is none',
    body: JSON.stringify(order),
    headers: { 'idempotency-key': 'k'.repeat(300) },
    names: 'Idempotency-Key',
    status: 400,
  },
];

describeDeployed('POST /orders', (deployed) => {
  // Two orders are accepted. The next test file finds them ended.
  afterAll(() => expectInvariants(deployed()));

  it.each(requests)('rejects $name', async ({ body, headers, status, names }) => {
    const before = await storedByCheckout(deployed());
    const response = await fetch(`${deployed().url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    const text = await response.text();

    expect({ status: response.status, text }).toEqual({ status, text: expect.any(String) });
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    const problem = JSON.parse(text) as Problem;
    expect(problem).toMatchObject({ type: expect.any(String), title: expect.any(String), status });
    expect(problem.errors.map(({ pointer, field }) => pointer ?? field)).toContain(names);
    expect(await storedByCheckout(deployed())).toEqual(before);
  });

  it('accepts a request with prices, and ignores them', async () => {
    const response = await fetch(`${deployed().url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...order, lines: [{ ...line, price: 1 }] }),
    });
    expect(await response.json()).toMatchObject({ total: money });
  });

  it('accepts the same order without an error', async () => {
    const response = await fetch(`${deployed().url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ ...order, expectedTotal: money }),
    });
    expect(response.status).toBe(202);
  });
});

describeDeployed('GET /orders/{orderId}', (deployed) => {
  it.each([
    ['an unknown id', 'nobody'],
    ['an id of 2,100 bytes', 'x'.repeat(2_100)],
    ['an id of 700 characters with three bytes each', '€'.repeat(700)],
  ])('answers 404 to %s', async (_, id) => {
    const response = await fetch(`${deployed().url}/orders/${encodeURIComponent(id)}`);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });
});

/** RFC 9457, with the extension `errors`. */
interface Problem {
  readonly errors: readonly { readonly pointer?: string; readonly field?: string; readonly detail: string }[];
}
