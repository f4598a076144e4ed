import { signatureProblem } from '../../../lambdas/runtime/http/signed';
import { signedHeaders } from '../../../lambdas/runtime/webhooks/webhook';

const now = new Date('2026-01-01T00:00:00Z');
const key = (letter: string) => Buffer.from(letter.repeat(32)).toString('base64');
const secrets = { current: key('a'), previous: key('b') };
const body = '{"type":"charge.succeeded"}';
const request = (id: string, active: { current: string; previous?: string } = secrets) => ({
  headers: signedHeaders(id, body, active, now),
  body,
  isBase64Encoded: false,
});

describe('signatureProblem', () => {
  test('accepts a signature by either of two active secrets', () => {
    for (const current of [secrets.current, secrets.previous]) {
      expect(signatureProblem(request('msg_1', { current }), secrets, now)).toBeUndefined();
    }
    expect(signatureProblem(request('msg_1', { current: key('c') }), secrets, now)).toContain('does not match');
  });

  test('accepts a body in Base64, whose signature is of the raw body', () => {
    const encoded = { ...request('msg_1'), body: Buffer.from(body).toString('base64'), isBase64Encoded: true };
    expect(signatureProblem(encoded, secrets, now)).toBeUndefined();
  });

  test.each(['é', 'a b', 'a\uffff', 'x'.repeat(256)])(
    'names webhook-id when it cannot be an idempotency key: %j',
    (id) => {
      expect(signatureProblem(request(id), secrets, now)).toBe('webhook-id must be 1 to 255 visible ASCII characters');
    },
  );

  test.each([-301, 301])('refuses a timestamp %i s away', (seconds) => {
    const later = new Date(now.getTime() + seconds * 1_000);
    expect(signatureProblem(request('msg_1'), secrets, later)).toContain('five minutes');
  });
});
