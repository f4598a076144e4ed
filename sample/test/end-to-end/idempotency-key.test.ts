import { randomUUID } from 'node:crypto';
import { describeDeployed, expectInvariants } from './deployed';
import { storedByCheckout } from './stored';

const order = { customerId: 'ada', lines: [{ sku: 'teapot', quantity: 1 }] };

describeDeployed('a request with an Idempotency-Key', (deployed) => {
  const post = async (key: string, body: unknown) => {
    const response = await fetch(`${deployed().url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const location = response.headers.get('location');
    return { status: response.status, location, body: (await response.json()) as object };
  };
  const orderCount = async () => (await storedByCheckout(deployed())).orders.length;

  afterAll(() => expectInvariants(deployed()));

  it('has the same response and one order when it is repeated', async () => {
    const before = await orderCount();
    const key = randomUUID();
    const first = await post(key, order);
    const second = await post(key, order);
    expect(first.status).toBe(202);
    expect(second).toEqual(first);
    expect(await orderCount()).toBe(before + 1);
  });

  it('is the same request when only the formatting of its JSON differs', async () => {
    const key = randomUUID();
    const first = await post(key, order);
    const second = await post(key, `{ "lines": [ { "quantity": 1, "sku": "teapot" } ], "customerId": "ada" }`);
    expect(second).toEqual(first);
  });

  it('creates one order when it is sent concurrently', async () => {
    const before = await orderCount();
    const key = randomUUID();
    const [first, ...others] = await Promise.all(Array.from({ length: 8 }, () => post(key, order)));
    expect(first?.status).toBe(202);
    for (const other of others) expect(other).toEqual(first);
    expect(await orderCount()).toBe(before + 1);
  });

  it('is rejected with another body', async () => {
    const key = randomUUID();
    await post(key, order);
    const before = await orderCount();
    const other = await post(key, { ...order, customerId: 'grace' });
    expect(other.status).toBe(422);
    expect(other.body).toMatchObject({ status: 422, errors: [{ field: 'Idempotency-Key' }] });
    expect(await orderCount()).toBe(before);
  });

  it('creates another order with another key', async () => {
    const [first, second] = [await post(randomUUID(), order), await post(randomUUID(), order)];
    expect(second.location).not.toBe(first.location);
  });
});
