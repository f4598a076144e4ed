import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Exchange, fetchWithin, httpProvider } from '../../../../lambdas/payments/provider-client';
import { DependencyError, PermanentError } from '../../../../lambdas/runtime/errors';

const amount = { amount: 2_400, currency: 'EUR' };
const charge = { chargeId: 'charge-1', reference: 'order-1', status: 'pending', amount };

describe('the client of the payment provider', () => {
  let server: Server | undefined;
  const requests: { method?: string; url?: string; headers: NodeJS.Dict<string | string[]>; body: string }[] = [];

  afterEach(() => {
    server?.close();
    requests.length = 0;
  });

  const answering = async (listener: RequestListener, exchange?: Exchange) => {
    server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      requests.push({ method: request.method, url: request.url, headers: request.headers, body });
      listener(request, response);
    });
    await new Promise<void>((listening) => server?.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    const callbackUrl = 'https://payments.example/provider-callbacks';
    return httpProvider(async () => ({ url: `http://127.0.0.1:${port}`, apiKey: 'key', callbackUrl }), exchange);
  };

  const saying = (status: number, body: unknown, headers: Record<string, string> = {}) =>
    answering((_, response) => response.writeHead(status, headers).end(JSON.stringify(body)));

  it('requests a charge with an idempotency key of the order and the callback URL', async () => {
    const provider = await saying(202, charge);
    expect(await provider.charge('order-1', amount)).toEqual(charge);
    const [request] = requests;
    expect(request).toMatchObject({
      method: 'POST',
      url: '/charges',
      headers: { authorization: 'Bearer key', 'idempotency-key': 'charge-order-1' },
    });
    expect(JSON.parse(request?.body ?? '')).toEqual({
      reference: 'order-1',
      amount,
      callbackUrl: 'https://payments.example/provider-callbacks',
    });
  });

  it('requests a refund with an idempotency key of the charge', async () => {
    const provider = await saying(202, { chargeId: 'charge-1', amount, bookedOn: '2026-01-01' });
    await provider.refund('charge-1');
    expect(requests[0]?.headers['idempotency-key']).toBe('refund-charge-1');
  });

  it.each([500, 502, 503, 504, 429, 408])('throws a DependencyError after %i', async (status) => {
    const provider = await saying(status, {}, { 'retry-after': '7' });
    const error: unknown = await provider.lookUp('charge-1').catch((reason) => reason);
    expect(error).toBeInstanceOf(DependencyError);
    expect(error).toMatchObject({ dependency: 'payment-provider', retryAfterSeconds: 7 });
  });

  it.each([400, 401, 403, 404, 409, 422])('throws a PermanentError after %i', async (status) => {
    const provider = await saying(status, {});
    await expect(provider.lookUp('charge-1')).rejects.toBeInstanceOf(PermanentError);
  });

  it.each([
    ['another object', { hello: 'world' }],
    ['an unknown status', { ...charge, status: 'perhaps' }],
    ['an invalid amount', { ...charge, amount: { amount: 0.5, currency: 'EUR' } }],
  ])('throws a DependencyError when the response is %s', async (_, body) => {
    const provider = await saying(200, body);
    await expect(provider.lookUp('charge-1')).rejects.toBeInstanceOf(DependencyError);
  });

  it('does not follow redirects', async () => {
    const provider = await saying(307, {}, { location: 'https://example.com/' });
    await expect(provider.charge('order-1', amount)).rejects.toBeInstanceOf(DependencyError);
    expect(requests).toHaveLength(1);
  });

  it('throws a DependencyError when a connection ends or is refused', async () => {
    const provider = await answering((request) => request.socket.destroy());
    await expect(provider.charge('order-1', amount)).rejects.toBeInstanceOf(DependencyError);
    server?.close();
    await expect(provider.charge('order-1', amount)).rejects.toThrow(/no response/);
  });

  it('throws a DependencyError when the response takes too long', async () => {
    const provider = await answering(() => {}, fetchWithin(100));
    await expect(provider.charge('order-1', amount)).rejects.toThrow(/TimeoutError/);
    server?.closeAllConnections();
  });
});
