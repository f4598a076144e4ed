import { timingSafeEqual } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { awsRuntime, workerSettings } from '../aws/aws-runtime';
import { readSecret } from '../aws/secret';
import { describe } from '../errors';
import type { SigningSecrets } from '../webhooks/webhook';
import type { Acceptor } from './accept';
import { type HttpRequest, Problem, problemResponse } from './http';

/** Standard Webhooks: a message is refused when its time differs by more, so that one that was overheard is of no use later. */
const TOLERANCE_SECONDS = 5 * 60;

/** Gives the secrets that are active; asked for at each request. */
export type SecretsSource = () => Promise<SigningSecrets>;

/** A secret of the service's own function, by its logical name. */
export function secretsOf(name: string): SecretsSource {
  return () => readSecret<SigningSecrets>(name);
}

/**
 * Lets an endpoint take signed webhooks only (Standard Webhooks): what is unsigned, wrongly signed or older than five minutes
 * is refused with 401. `webhook-id` serves as the request's key, so a webhook that comes twice has one effect.
 */
export function signed(secrets: SecretsSource, acceptor: Acceptor): Acceptor {
  const run: Acceptor['run'] = async (request, worker, runtime) => {
    try {
      const problem = signatureProblem(request, await secrets(), runtime.now());
      if (problem) {
        runtime.log.warn('refused', { consumer: worker.consumer, problem });
        return problemResponse(unverified(problem));
      }
    } catch (error) {
      runtime.log.error('failed', { consumer: worker.consumer, error: describe(error) });
      return problemResponse(new Problem(503, 'unavailable', 'The signature cannot be checked now'));
    }
    const headers = { ...request.headers, 'idempotency-key': request.headers['webhook-id'] };
    return acceptor.run({ ...request, headers }, worker, runtime);
  };
  return Object.assign((request: HttpRequest) => run(request, workerSettings(), awsRuntime()), { run });
}

/** Why a request cannot be trusted; undefined when it can. */
export function signatureProblem(
  { headers, body = '', isBase64Encoded }: Pick<HttpRequest, 'headers' | 'body' | 'isBase64Encoded'>,
  { current, previous }: SigningSecrets,
  now: Date,
): string | undefined {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp = '', 'webhook-signature': signatures } = headers;
  if (!id || !timestamp || !signatures) return 'webhook-id, webhook-timestamp and webhook-signature must be there';
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
  return isSigned ? undefined : 'webhook-signature is not right';
}

function isEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function unverified(detail: string): Problem {
  return new Problem(401, 'unverified', 'The request cannot be verified', [{ detail }]);
}
