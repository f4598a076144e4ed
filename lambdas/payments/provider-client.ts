import type * as z from 'zod/mini';
import type { Money } from '../../contracts/values';
import { readSecret } from '../runtime/aws/secret';
import { setting } from '../runtime/aws/settings';
import { DependencyError, describe, PermanentError } from '../runtime/errors';
import { reachable } from '../runtime/http/reachable';
import { parseRetryAfter } from '../runtime/webhooks/webhook';
import { Charge, type PaymentProvider, PROVIDER, Refund } from './provider';
import { providerKey } from './service';

/** For the whole exchange: well below the function's own time-out, and more than a healthy provider takes. */
const TIMEOUT_MILLISECONDS = 5_000;

interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
  /** The same for each attempt at the same thing, so that it is done once. */
  readonly idempotencyKey?: string;
}

/** Where the provider is, and who we are there. */
export interface ProviderSettings {
  readonly url: string;
  readonly apiKey: string;
  /** Where it tells us what became of a charge. */
  readonly callbackUrl: string;
}

/** What the provider answered to a call. */
export interface Answer {
  readonly status: number;
  /** The header of this name. */
  readonly retryAfter: string | undefined;
  readonly text: string;
}

/** Makes a call. @throws DependencyError when there was no answer */
export type Exchange = (url: string, init: RequestInit) => Promise<Answer>;

/**
 * The provider over HTTP.
 *
 * @param exchange makes the calls. @default `fetch`, within five seconds
 */
export function httpProvider(
  settings: () => Promise<ProviderSettings>,
  exchange: Exchange = fetchWithin(TIMEOUT_MILLISECONDS),
): PaymentProvider {
  const send = sender(settings, exchange);
  return {
    async charge(reference, amount) {
      const { callbackUrl } = await settings();
      const body = { reference, amount, callbackUrl };
      return send(Charge, {
        method: 'POST',
        path: '/charges',
        body,
        idempotencyKey: `charge-${reference}`,
      });
    },
    ruleOut(reference: string, amount: Money) {
      return send(Charge, {
        method: 'POST',
        path: '/cancellations',
        body: { reference, amount },
        idempotencyKey: `cancel-${reference}`,
      });
    },
    lookUp(chargeId) {
      return send(Charge, { method: 'GET', path: `/charges/${chargeId}` });
    },
    refund(chargeId) {
      return send(Refund, {
        method: 'POST',
        path: '/refunds',
        body: { chargeId },
        idempotencyKey: `refund-${chargeId}`,
      });
    },
  };
}

/** The provider that this function's stack has found. */
export const provider = httpProvider(async () => ({
  url: reachable(setting('PROVIDER_URL')),
  apiKey: (await readSecret<{ current: string }>(providerKey)).current,
  callbackUrl: setting('PROVIDER_CALLBACK_URL'),
}));

function sender(settings: () => Promise<ProviderSettings>, exchange: Exchange) {
  return async <Schema extends z.ZodMiniType>(
    schema: Schema,
    { method, path, body, idempotencyKey }: Call,
  ): Promise<z.infer<Schema>> => {
    const { url, apiKey } = await settings();
    const response = await exchange(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(body && { 'content-type': 'application/json' }),
        ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const call = `${method} ${path}`;
    if (response.status >= 300) throw refusal(call, response);
    const answer = schema.safeParse(toJson(response.text));
    // Not a refusal: something between us and the provider answered in its place.
    if (!answer.success) throw new DependencyError(PROVIDER, `${call} answered with something else than was agreed`);
    return answer.data;
  };
}

/** Makes calls with `fetch`, and gives each up after a while. */
export function fetchWithin(milliseconds: number): Exchange {
  return async (url, init) => {
    try {
      const response = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(milliseconds) });
      const retryAfter = response.headers.get('retry-after') ?? undefined;
      return { status: response.status, retryAfter, text: await response.text() };
    } catch (error) {
      // fetch says no more than «fetch failed»; its cause says why.
      const why = describe((error as { cause?: unknown }).cause ?? error);
      throw new DependencyError(PROVIDER, `there was no answer (${why})`, undefined, { cause: error });
    }
  };
}

function refusal(call: string, { status, retryAfter }: Answer): Error {
  if (status >= 500 || status === 429 || status === 408) {
    const milliseconds = parseRetryAfter(retryAfter, new Date());
    const seconds = milliseconds === undefined ? undefined : milliseconds / 1_000;
    return new DependencyError(PROVIDER, `${call} answered ${status}`, seconds);
  }
  return new PermanentError(`${PROVIDER} refuses ${call} with ${status}: see its answer's log, then redrive.`);
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
