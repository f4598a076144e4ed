import { timingSafeEqual } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { awsRuntime } from '../aws/aws-runtime';
import { readSecret } from '../aws/secret';
import { consumerOf, type Secret } from '../declare/declaration';
import { errorText } from '../errors';
import { onLambda } from '../on-lambda';
import type { SigningSecrets } from '../webhooks/webhook';
import { type HttpHandler, IDEMPOTENCY_KEY } from './accept';
import { type HttpRequest, Problem, problemResponse } from './http';

/** Standard Webhooks: older messages are refused, so that a recorded message cannot be replayed later. */
const TOLERANCE_SECONDS = 5 * 60;

/** Returns the active secrets. Called for every request. */
export type SecretsSource = () => Promise<SigningSecrets>;

/** Returns a source that reads the active signing secrets from one of the service's declared secrets. */
export function secretsOf(secret: Secret): SecretsSource {
  return () => readSecret<SigningSecrets>(secret);
}

/**
 * Wraps an endpoint so that it accepts only signed webhooks (Standard Webhooks). Requests that are unsigned, wrongly signed or older
 * than five minutes are refused with 401. `webhook-id` is the idempotency key, so a repeated webhook has one effect.
 *
 * @example
 * export const handler = signed(
 *   secretsOf(providerKey),
 *   accept(receivePayment, ({ orderId }) => ({ body: { orderId } })),
 * );
 *
 * @param secrets returns the active signing secrets
 * @param handler the endpoint's function, whose declaration has `authorization: 'handler'`
 */
export function signed(secrets: SecretsSource, handler: HttpHandler): HttpHandler {
  const consumer = consumerOf(handler.endpoint);
  const run: HttpHandler['run'] = async (request, runtime) => {
    try {
      const problem = signatureProblem(request, await secrets(), runtime.now());
      if (problem) {
        runtime.log.warn('refused', { consumer, problem });
        return problemResponse(unverified(problem));
      }
    } catch (error) {
      runtime.log.error('failed', { consumer, error: errorText(error) });
      return problemResponse(new Problem(503, 'unavailable', 'The signature cannot be verified now'));
    }
    const headers = { ...request.headers, 'idempotency-key': request.headers['webhook-id'] };
    return handler.run({ ...request, headers }, runtime);
  };
  return Object.assign(onLambda(run, awsRuntime), { endpoint: handler.endpoint });
}

/** Explains why a request cannot be trusted; undefined when it can. */
export function signatureProblem(
  { headers, body = '', isBase64Encoded }: Pick<HttpRequest, 'headers' | 'body' | 'isBase64Encoded'>,
  { current, previous }: SigningSecrets,
  now: Date,
): string | undefined {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp = '', 'webhook-signature': signatures } = headers;
  if (!id || !timestamp || !signatures) return 'webhook-id, webhook-timestamp and webhook-signature are required';
  if (!IDEMPOTENCY_KEY.test(id)) return 'webhook-id must be 1 to 255 visible ASCII characters';
  if (!/^\d{1,12}$/.test(timestamp)) return 'webhook-timestamp must be in seconds since 1970';
  const at = new Date(Number(timestamp) * 1_000);
  if (Math.abs(now.getTime() - at.getTime()) > TOLERANCE_SECONDS * 1_000) {
    return 'webhook-timestamp must not be more than five minutes away';
  }
  const payload = isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body;
  const given = signatures.split(' ');
  const expected = [current, previous].flatMap((secret) =>
    secret === undefined ? [] : [new Webhook(secret).sign(id, at, payload)],
  );
  const isSigned = expected.some((one) => given.some((other) => isEqual(one, other)));
  return isSigned
    ? undefined
    : 'webhook-signature does not match: check the signing secret and that the raw body is signed';
}

function isEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function unverified(detail: string): Problem {
  return new Problem(401, 'unverified', 'The request cannot be verified', [{ detail }]);
}
