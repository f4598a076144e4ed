import { receiveSigned } from '../../../../lambdas/payments/receive-callback';
import type { HttpRequest } from '../../../../lambdas/runtime/http/http';
import { type SigningSecrets, signedHeaders } from '../../../../lambdas/runtime/webhooks/webhook';
import { HandlerWorld } from '../../../../test/support/handler-world';

const secret = (text: string) => `whsec_${Buffer.alloc(32, text).toString('base64')}`;
const ours: SigningSecrets = { current: secret('current'), previous: secret('previous') };
const NOW = new Date('2026-01-01T00:00:00.000Z');
const MINUTE = 60_000;
const body = JSON.stringify({
  type: 'charge.succeeded',
  timestamp: NOW.toISOString(),
  data: {
    chargeId: 'charge-1',
    reference: 'order-1',
    status: 'succeeded',
    amount: { amount: 1, currency: 'EUR' },
    bookedOn: '2026-01-01',
  },
});

const sign = (secrets: SigningSecrets, at = NOW, id = 'callback-1', text = body) =>
  signedHeaders(id, text, secrets, at);
const only = (current: string): SigningSecrets => ({ current });
const good = sign(only(ours.current));

interface Row {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text?: string;
}

/** The endpoint answers 404 after a valid signature, because there is no such charge. */
const valid: readonly Row[] = [
  { name: 'the current secret', headers: good },
  { name: 'the previous secret', headers: sign(only(ours.previous ?? '')) },
  { name: 'the current secret and an unknown one', headers: sign({ current: secret('new'), previous: ours.current }) },
  {
    name: 'a clock that is four minutes slow',
    headers: sign(only(ours.current), new Date(NOW.getTime() - 4 * MINUTE)),
  },
  {
    name: 'a clock that is four minutes fast',
    headers: sign(only(ours.current), new Date(NOW.getTime() + 4 * MINUTE)),
  },
  {
    name: 'an unknown signature version beside v1',
    headers: { ...good, 'webhook-signature': `v2,abc ${good['webhook-signature']}` },
  },
];

const invalid: readonly Row[] = [
  { name: 'an unknown secret', headers: sign(only(secret('forged'))) },
  { name: 'a secret before the previous one', headers: sign(only(secret('retired'))) },
  { name: 'another id', headers: { ...good, 'webhook-id': 'callback-2' } },
  { name: 'another time', headers: { ...good, 'webhook-timestamp': String(NOW.getTime() / 1_000 + 1) } },
  { name: 'another body', headers: good, text: body.replace('order-1', 'order-2') },
  { name: 'a time six minutes ago', headers: sign(only(ours.current), new Date(NOW.getTime() - 6 * MINUTE)) },
  { name: 'a time in six minutes', headers: sign(only(ours.current), new Date(NOW.getTime() + 6 * MINUTE)) },
  { name: 'no signature', headers: { ...good, 'webhook-signature': '' } },
  { name: 'no id', headers: { ...good, 'webhook-id': '' } },
  { name: 'no time', headers: { ...good, 'webhook-timestamp': '' } },
  { name: 'an invalid time', headers: { ...good, 'webhook-timestamp': 'today' } },
  { name: 'an empty v1 signature', headers: { ...good, 'webhook-signature': 'v1,' } },
  {
    name: 'an unknown signature version',
    headers: { ...good, 'webhook-signature': good['webhook-signature'].replace('v1,', 'v1a,') },
  },
  { name: 'no headers', headers: {} },
];

describe('a callback of the provider', () => {
  const send = async ({ headers, text = body }: Row, isBase64Encoded = false) => {
    const world = new HandlerWorld();
    const request = {
      headers: { 'content-type': 'application/json', ...headers },
      body: isBase64Encoded ? Buffer.from(text).toString('base64') : text,
      isBase64Encoded,
      requestContext: {},
    } as unknown as HttpRequest;
    const response = await world.request(
      receiveSigned(async () => ours),
      request,
    );
    return { status: response.statusCode, stored: world.store.records(), response };
  };

  it.each(valid)('passes the signature check with $name', async (row) => {
    expect((await send(row)).status).toBe(404);
  });

  it.each(invalid)('is rejected with $name, and nothing is stored', async (row) => {
    const { status, stored, response } = await send(row);
    expect([status, stored]).toEqual([401, []]);
    expect(response.headers?.['content-type']).toBe('application/problem+json');
    expect(response.body).not.toContain('whsec_');
  });

  it('is verified as it was sent when API Gateway encodes the body in Base64', async () => {
    expect((await send({ name: '', headers: good }, true)).status).toBe(404);
  });

  it('is answered 503 when the secret cannot be read', async () => {
    const endpoint = receiveSigned(() => Promise.reject(new Error('AccessDenied')));
    const request = { headers: good, body, requestContext: {} } as unknown as HttpRequest;
    const { statusCode } = await new HandlerWorld().request(endpoint, request);
    expect(statusCode).toBe(503);
  });
});
