import type { ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import {
  parseRetryAfter,
  type SigningSecrets,
  sendWebhook,
  type WebhookMessage,
  type WebhookOptions,
} from '../../../lambdas/runtime/webhooks/webhook';
import { Receiver } from '../../support/receiver';
import { refusedAtConnection } from './hostile-urls';

const key = (letter: string) => Buffer.from(letter.repeat(32)).toString('base64');
const secrets: SigningSecrets = { current: key('a') };
const message: Omit<WebhookMessage, 'url'> = {
  id: 'msg_1',
  type: 'order.confirmed',
  timestamp: '2026-01-01T00:00:00.000Z',
  data: { orderId: 'order-1' },
};
const local = { rules: { local: true } };

let receivers: Receiver[] = [];

async function start(answer: (response: ServerResponse, attempt: number) => void): Promise<Receiver> {
  const receiver = await Receiver.start(answer);
  receivers.push(receiver);
  return receiver;
}

async function sendTo(url: string, options: Partial<WebhookOptions> = {}, active = secrets) {
  return sendWebhook({ ...message, url }, active, { ...local, ...options });
}

/** The result of one attempt at a receiver with this response. */
async function attempt(answer: (response: ServerResponse) => void, options: Partial<WebhookOptions> = {}) {
  return sendTo((await start(answer)).url, options);
}

afterEach(async () => {
  await Promise.all(receivers.map((receiver) => receiver.stop()));
  receivers = [];
});

describe('a webhook', () => {
  it('has type, timestamp and data, and a signature that the public library verifies', async () => {
    const receiver = await start((response) => response.end());
    expect(await sendTo(receiver.url)).toEqual({ kind: 'delivered' });

    const [{ headers, body } = { headers: {}, body: '' }] = receiver.received;
    const { type, timestamp, data } = message;
    expect(new Webhook(`whsec_${secrets.current}`).verify(body, headers)).toEqual({ type, timestamp, data });
    expect(headers).toMatchObject({ 'webhook-id': 'msg_1', 'content-type': 'application/json' });
  });

  it('is verified with either of two active secrets, and with no other', async () => {
    const receiver = await start((response) => response.end());
    await sendTo(receiver.url, {}, { current: `whsec_${key('b')}`, previous: key('a') });
    const [{ headers, body } = { headers: {}, body: '' }] = receiver.received;
    for (const letter of ['a', 'b']) expect(() => new Webhook(key(letter)).verify(body, headers)).not.toThrow();
    expect(() => new Webhook(key('c')).verify(body, headers)).toThrow('No matching signature');
  });

  it('has a new signature at each attempt, and the same id', async () => {
    const receiver = await start((response) => response.end());
    await sendTo(receiver.url, { now: () => new Date('2026-01-01T00:00:00Z') });
    await sendTo(receiver.url, { now: () => new Date('2026-01-01T00:00:05Z') });
    const [first, second] = receiver.received.map(({ headers }) => headers);
    expect(second?.['webhook-id']).toBe(first?.['webhook-id']);
    expect(Number(second?.['webhook-timestamp'])).toBe(Number(first?.['webhook-timestamp']) + 5);
    expect(second?.['webhook-signature']).not.toBe(first?.['webhook-signature']);
  });

  it('is not sent when it is 20 KB or more', async () => {
    const data = { text: 'a'.repeat(20_000) };
    const sent = sendWebhook({ ...message, url: 'https://example.com/', data }, secrets, local);
    await expect(sent).rejects.toMatchObject({ name: 'PermanentError', reason: 'too-large' });
  });
});

describe('an attempt', () => {
  it.each([200, 201, 202, 204, 299])('succeeds with %i', async (status) => {
    expect(await attempt((response) => response.writeHead(status).end())).toEqual({ kind: 'delivered' });
  });

  it.each([300, 304, 400, 401, 404, 409, 500, 502, 504])('fails with %i', async (status) => {
    const result = await attempt((response) => response.writeHead(status, { 'retry-after': '60' }).end());
    expect(result).toEqual({ kind: 'failed', problem: `HTTP ${status}` });
  });

  it('reports with 410 that the receiver is gone', async () => {
    expect(await attempt((response) => response.writeHead(410).end())).toEqual({ kind: 'gone' });
  });

  it.each([429, 503])('reports with %i the delay that the receiver asks for', async (status) => {
    const result = await attempt((response) => response.writeHead(status, { 'retry-after': '7' }).end());
    expect(result).toEqual({ kind: 'failed', problem: `HTTP ${status}`, retryAfter: 7_000 });
  });

  it.each([301, 302, 303, 307, 308])('does not follow %i', async (status) => {
    const target = await start((response) => response.end());
    const result = await attempt((response) => response.writeHead(status, { location: target.url }).end());
    expect(result).toEqual({ kind: 'failed', problem: `HTTP ${status}` });
    expect(target.received).toEqual([]);
  });

  it('reports nothing that the receiver wrote', async () => {
    const result = await attempt((response) => response.writeHead(500, 'internal-name').end('internal text'));
    expect(JSON.stringify(result)).not.toContain('internal');
  });

  it('reads at most 64 KB of a response', async () => {
    let written = 0;
    const result = await attempt((response) => {
      const write = () => {
        if (response.destroyed) return;
        written += 16_384;
        response.write(Buffer.alloc(16_384), () => setImmediate(write));
      };
      write();
    });
    expect(result).toEqual({ kind: 'delivered' });
    // The receiver also fills the buffers of the operating system.
    expect(written).toBeLessThan(16 * 1024 * 1024);
  });

  const timeout = 200;

  it('fails when there is no response within the timeout', async () => {
    expect(await attempt(() => {}, { timeout })).toEqual({ kind: 'failed', problem: 'TIMEOUT' });
  });

  it('fails when the response does not end within the timeout', async () => {
    let drip: NodeJS.Timeout | undefined;
    const begun = Date.now();
    const result = await attempt(
      (response) => {
        response.writeHead(200);
        drip = setInterval(() => response.write('.'), 20);
      },
      { timeout },
    );
    clearInterval(drip);
    expect(result).toEqual({ kind: 'failed', problem: 'TIMEOUT' });
    expect(Date.now() - begun).toBeLessThan(timeout * 5);
  });

  it('fails when the host is not resolved within the timeout', async () => {
    const resolver = () => new Promise<string[]>(() => {});
    expect(await sendTo('https://example.com/', { timeout, resolver })).toEqual({ kind: 'failed', problem: 'TIMEOUT' });
  });

  it('fails when the host does not exist', async () => {
    const resolver = async () => {
      throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
    };
    expect(await sendTo('https://example.com/', { resolver })).toEqual({ kind: 'failed', problem: 'ENOTFOUND' });
  });

  it('fails when the connection is refused', async () => {
    const receiver = await start(() => {});
    await receiver.stop();
    expect(await sendTo(receiver.url)).toEqual({ kind: 'failed', problem: 'ECONNREFUSED' });
  });

  it('fails when the receiver closes the connection', async () => {
    expect(await attempt((response) => response.destroy())).toEqual({ kind: 'failed', problem: 'ECONNRESET' });
  });

  it('fails when the receiver does not support TLS', async () => {
    const { port } = await start((response) => response.end());
    expect(await sendTo(`https://127.0.0.1:${port}/`)).toMatchObject({ kind: 'failed', problem: expect.any(String) });
  });

  it('fails when the receiver upgrades to another protocol', async () => {
    const result = await attempt((response) =>
      response.writeHead(101, { connection: 'upgrade', upgrade: 'websocket' }).end(),
    );
    expect(result).toMatchObject({ kind: 'failed' });
  });
});

describe('the address of a webhook', () => {
  it.each(refusedAtConnection)('%s is refused when it resolves to %j', async (url, addresses) => {
    const result = await sendTo(url, { rules: { local: false }, resolver: async () => addresses });
    expect(result).toEqual({ kind: 'refused', problem: expect.stringContaining('resolves to an address') });
  });

  it('is checked at every attempt', async () => {
    const receiver = await start((response) => response.end());
    const result = await sendTo(receiver.url, { rules: { local: false } });
    expect(result).toMatchObject({ kind: 'refused' });
    expect(receiver.received).toEqual([]);
  });

  it('is resolved once, and the connection uses the checked address', async () => {
    const receiver = await start((response) => response.end());
    const answers = [['127.0.0.1'], ['10.0.0.1'], ['10.0.0.1']];
    let asked = 0;
    const resolver = async () => answers[asked++] ?? [];
    const result = await sendTo(`http://rebinding.example.com:${receiver.port}/`, { resolver });
    expect(result).toEqual({ kind: 'delivered' });
    expect(asked).toBe(1);
    expect(receiver.received[0]?.headers.host).toBe(`rebinding.example.com:${receiver.port}`);
  });
});

describe('parseRetryAfter', () => {
  const now = new Date('2026-01-01T00:00:00Z');

  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 5 ', 5_000],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Thursday, 01-Jan-26 00:01:00 GMT', 60_000],
    ['Wed, 31 Dec 2025 23:59:00 GMT', 0],
  ])('parses %j to %i ms from now', (value, milliseconds) => {
    expect(parseRetryAfter(value, now)).toBe(milliseconds);
  });

  it.each([undefined, '', 'soon', '-5', '1.5', '1e3', '2026-01-01', 'Thu, 99 Foo 2026'])('ignores %j', (value) => {
    expect(parseRetryAfter(value, now)).toBeUndefined();
  });
});
