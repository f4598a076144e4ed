import type * as z from 'zod/mini';
import type { Money } from '../../contracts/values';
import { readSecret } from '../runtime/aws/secret';
import { setting } from '../runtime/aws/settings';
import { DependencyError, errorText, PermanentError } from '../runtime/errors';
import { reachable } from '../runtime/http/reachable';
import { parseRetryAfter } from '../runtime/webhooks/webhook';
import { outgoingHeaders, recordCall } from '../runtime/work/current-cause';
import { Charge, type PaymentProvider, PROVIDER, Refund } from './provider';
import { providerKey } from './service';

/** For a whole call, including the response body: longer than a healthy provider needs, and well below the function's timeout. */
const TIMEOUT_MILLISECONDS = 5_000;

interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
  /** The same for all attempts of one operation, so that the provider carries it out once. */
  readonly idempotencyKey?: string;
}

/** The provider's address and the credentials for it. */
export interface ProviderSettings {
  readonly url: string;
  readonly apiKey: string;
  /** The URL that the provider sends the outcomes of charges to. */
  readonly callbackUrl: string;
}

/** The provider's response to a call. */
export interface Answer {
  readonly status: number;
  /** The value of the `Retry-After` header. */
  readonly retryAfter: string | undefined;
  readonly text: string;
}

/** Makes a call. @throws DependencyError when there is no response */
export type Exchange = (url: string, init: RequestInit) => Promise<Answer>;

/**
 * Returns a client of the provider's HTTP API.
 *
 * @param exchange makes the calls. @default `fetch` with a timeout of 5 seconds
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

/** The provider with the settings of this function's stack. */
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
        ...outgoingHeaders(),
        authorization: `Bearer ${apiKey}`,
        ...(body && { 'content-type': 'application/json' }),
        ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const call = `${method} ${path}`;
    if (response.status >= 300) throw refusal(call, response);
    const answer = schema.safeParse(toJson(response.text));
    // Retried, because a proxy may have answered in place of the provider.
    if (!answer.success) throw new DependencyError(PROVIDER, `the response to ${call} does not match its schema`);
    return answer.data;
  };
}

/** Returns an exchange that uses `fetch`, with a timeout. */
export function fetchWithin(milliseconds: number): Exchange {
  return async (url, init) => {
    try {
      const { method = 'GET', headers } = init;
      const key = new Headers(headers).get('idempotency-key') ?? undefined;
      const response = await recordCall({ method, url, ...(key !== undefined && { key }) }, () =>
        fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(milliseconds) }),
      );
      const retryAfter = response.headers.get('retry-after') ?? undefined;
      return { status: response.status, retryAfter, text: await response.text() };
    } catch (error) {
      // The message of fetch is always "fetch failed". Its cause has the reason.
      const why = errorText((error as { cause?: unknown }).cause ?? error);
      throw new DependencyError(PROVIDER, `no response (${why})`, undefined, { cause: error });
    }
  };
}

function refusal(call: string, { status, retryAfter }: Answer): Error {
  if (status >= 500 || status === 429 || status === 408) {
    const milliseconds = parseRetryAfter(retryAfter, new Date());
    const seconds = milliseconds === undefined ? undefined : milliseconds / 1_000;
    return new DependencyError(PROVIDER, `${call} answered ${status}`, seconds);
  }
  return new PermanentError(`${PROVIDER} rejected ${call} with ${status}: fix the cause, then redrive the message.`);
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
