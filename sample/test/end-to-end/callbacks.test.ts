import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Webhook } from 'standardwebhooks';
import { serviceOf } from '../../../deployed/discover';
import { type Received, Receiver } from '../../../test/support/receiver';
import { type OrderStatus, readOrder } from '../../order-client';
import { simulate } from './bank';
import { type Deployed, describeDeployed, expectInvariants, until, untilIdle } from './deployed';

const AFFORDABLE = [{ sku: 'teapot', quantity: 1 }];
const TOO_EXPENSIVE = [{ sku: 'roaster', quantity: 1 }];

/** A customer also gets this one when the bank answers late, which can happen on a busy machine. */
const DELAYED = 'order.payment-delayed';
/** Longer than any test. Tests end their outage themselves. */
const OUTAGE_MS = 600_000;

describeDeployed('a callback', (deployed) => {
  let receivers: Receiver[] = [];

  async function receiver(answer: (response: ServerResponse, attempt: number) => void = (response) => response.end()) {
    const started = await Receiver.start(answer);
    receivers.push(started);
    return started;
  }

  afterEach(async () => {
    await simulate(deployed());
    await Promise.all(receivers.map((one) => one.stop()));
    receivers = [];
  });

  afterAll(() => expectInvariants(deployed()));

  it('is sent for the confirmation, then for the completion, with signatures that the public library verifies', async () => {
    const { url, received } = await receiver();
    const orderId = await place(deployed(), AFFORDABLE, url);
    await untilCallbacks(deployed(), orderId, 'CallbackDelivered', 'order.confirmed', 'order.completed');

    const webhook = new Webhook(await signingSecret(deployed()));
    const messages = outcomes(received).map(({ headers, body }) => webhook.verify(body, headers));
    expect(messages).toEqual([
      { type: 'order.confirmed', timestamp: expect.any(String), data: { orderId } },
      { type: 'order.completed', timestamp: expect.any(String), data: { orderId } },
    ]);
    expect(new Set(outcomes(received).map(({ headers }) => headers['webhook-id'])).size).toBe(2);
  });

  it('is sent for a cancellation, with the reason', async () => {
    const { url, received } = await receiver();
    const orderId = await place(deployed(), TOO_EXPENSIVE, url);
    await untilCallbacks(deployed(), orderId, 'CallbackDelivered', 'order.cancelled');
    expect(outcomes(received).map(({ body }) => JSON.parse(body))).toMatchObject([
      { type: 'order.cancelled', data: { orderId, reason: 'payment-declined' } },
    ]);
  });

  it('is sent for a delayed payment during an outage of the bank, then for the outcome', async () => {
    const { url, received } = await receiver();
    await simulate(deployed(), { outageUntil: new Date(Date.now() + OUTAGE_MS).toISOString() });
    const orderId = await place(deployed(), AFFORDABLE, url);
    const { status } = await untilCallbacks(deployed(), orderId, 'CallbackDelivered', DELAYED);
    expect(status).toBe('created');
    await simulate(deployed());
    const types = [DELAYED, 'order.confirmed', 'order.completed'];
    await untilCallbacks(deployed(), orderId, 'CallbackDelivered', ...types);
    await untilIdle(deployed());
    const { history } = await readOrder(deployed().url, orderId);

    expect(received.map(({ body }) => JSON.parse(body).type)).toEqual(types);
    expect(history.filter(({ event }) => event === 'PaymentDelayed')).toHaveLength(1);
  });

  it('is retried after an error with the same id and a new signature', async () => {
    const { url, received } = await receiver((response) =>
      response.writeHead(outcomes(received).length === 1 ? 500 : 200).end(),
    );
    const orderId = await place(deployed(), TOO_EXPENSIVE, url);
    await untilCallbacks(deployed(), orderId, 'CallbackDelivered', 'order.cancelled');

    const [first, second] = outcomes(received);
    expect(outcomes(received)).toHaveLength(2);
    expect(second?.body).toBe(first?.body);
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(second?.headers['webhook-signature']).not.toBe(first?.headers['webhook-signature']);
    const webhook = new Webhook(await signingSecret(deployed()));
    for (const { headers, body } of received) expect(() => webhook.verify(body, headers)).not.toThrow();
  });

  it('is not sent again to a receiver that answered 410', async () => {
    const { url, received } = await receiver((response) => response.writeHead(410).end());
    const orderId = await place(deployed(), AFFORDABLE, url);
    const { history } = await untilCallbacks(
      ...([deployed(), orderId, 'CallbackFailed', 'order.confirmed', 'order.completed'] as const),
    );

    expect(received).toHaveLength(1);
    const failed = history.filter(({ event }) => event === 'CallbackFailed');
    expect(failed.map(({ reason }) => reason)).toEqual(failed.map(() => 'gone'));
  });

  it('does not follow redirects, and fails after the last attempt', async () => {
    const target = await receiver();
    const { url, received } = await receiver((response) => response.writeHead(307, { location: target.url }).end());
    const orderId = await place(deployed(), TOO_EXPENSIVE, url);
    const { history } = await untilCallbacks(deployed(), orderId, 'CallbackFailed', 'order.cancelled');

    expect(history).toContainEqual(
      expect.objectContaining({ callback: 'order.cancelled', reason: 'attempts-exhausted' }),
    );
    expect(outcomes(received)).toHaveLength(10);
    expect(new Set(outcomes(received).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(target.received).toEqual([]);
  });

  it.each([
    'https://169.254.169.254/latest/meta-data/',
    'https://[::ffff:10.0.0.1]/',
    'https://0xa000001/',
    'https://user:secret@example.com/',
    'https://metadata.google.internal/',
    'ftp://example.com/',
  ])('to %s is rejected', async (callbackUrl) => {
    const response = await post(deployed(), AFFORDABLE, callbackUrl);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    const { errors } = (await response.json()) as { errors: { pointer: string }[] };
    expect(errors.map(({ pointer }) => pointer)).toEqual(['#/callbackUrl']);
  });
});

function post({ url }: Deployed, lines: typeof AFFORDABLE, callbackUrl: string): Promise<Response> {
  return fetch(`${url}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify({ customerId: 'ada', lines, callbackUrl }),
  });
}

async function place(deployed: Deployed, lines: typeof AFFORDABLE, callbackUrl: string): Promise<string> {
  const response = await post(deployed, lines, callbackUrl);
  if (response.status !== 202) throw new Error(`The order was not accepted: ${await response.text()}`);
  return ((await response.json()) as { orderId: string }).orderId;
}

/** Returns the received callbacks about the outcome of an order. */
function outcomes(received: readonly Received[]): Received[] {
  return received.filter(({ body }) => JSON.parse(body).type !== DELAYED);
}

/** Waits until the order's history has an event with a name for each of some callbacks. */
function untilCallbacks(
  { url }: Deployed,
  orderId: string,
  name: 'CallbackDelivered' | 'CallbackFailed',
  ...types: readonly string[]
): Promise<OrderStatus> {
  return until(`order ${orderId} has ${name} for ${types.join(' and ')}`, async () => {
    const view = await readOrder(url, orderId);
    const has = (type: string) => view.history.some(({ event, callback }) => event === name && callback === type);
    return types.every(has) && view;
  });
}

/** Returns the signing secret in the format for customers. */
async function signingSecret({ deployment }: Deployed): Promise<string> {
  const client = deployment.clients.of(SecretsManagerClient);
  const SecretId = serviceOf(deployment, 'callbacks').secrets?.['webhook-signing'];
  const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId }));
  return `whsec_${(JSON.parse(SecretString) as { current: string }).current}`;
}
