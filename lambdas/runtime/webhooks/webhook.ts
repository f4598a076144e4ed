import type { IncomingMessage } from 'node:http';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Webhook } from 'standardwebhooks';
import { PermanentError } from '../errors';
import { outgoingHeaders, recordCall } from '../work/current-cause';
import { AddressRefused, pinnedLookup, type Resolver } from './public-address';
import { type AddressRules, addressProblem, isAllowedAddress } from './webhook-address';

/** A message to one receiver, the same at every attempt. */
export interface WebhookMessage {
  /** The idempotency key: receivers recognise a repeated message by it. */
  readonly id: string;
  /** The receiver's address. */
  readonly url: string;
  /** The event's name for receivers, e.g. `order.confirmed`. */
  readonly type: string;
  /** The time of the event. ISO 8601, UTC. */
  readonly timestamp: string;
  /** The content for the receiver. */
  readonly data: object;
}

/** The active secrets: two during a rotation. Each is `whsec_` and Base64, or Base64 alone. */
export interface SigningSecrets {
  /** The secret of new signatures. */
  readonly current: string;
  /** The secret that is being replaced. @default none */
  readonly previous?: string;
}

/** The result of an attempt. It contains nothing that the receiver wrote. */
export type WebhookResult =
  | {
      /** The receiver answered with 2xx. */
      readonly kind: 'delivered';
    }
  | {
      /** The receiver answered with 410: it wants no more messages. */
      readonly kind: 'gone';
    }
  | {
      /** The address is not allowed. Nothing was sent. */
      readonly kind: 'refused';
      /** Why the address is not allowed. */
      readonly problem: string;
    }
  | {
      /** Any other result: retry later. */
      readonly kind: 'failed';
      /** `HTTP 500`, `TIMEOUT`, or the error's code. */
      readonly problem: string;
      /** The delay that the receiver asks for with 429 or 503, in milliseconds. */
      readonly retryAfter?: number;
    };

/** Options of {@link sendWebhook}. */
export interface WebhookOptions {
  /** The rules for addresses, e.g. {@link addressRules}. */
  readonly rules: AddressRules;
  /** Limit of the whole exchange, from the lookup to the last byte of the response, in milliseconds. @default 15,000 */
  readonly timeout?: number;
  /** Resolves host names. @default the system's */
  readonly resolver?: Resolver;
  /** Returns the current time. @default the system's clock */
  readonly now?: () => Date;
}

/** Standard Webhooks: "a timeout of 15s to 30s". */
const TIMEOUT = 15_000;
/** Standard Webhooks: payloads should stay below 20 KB. */
const MAX_BODY_BYTES = 20_000;
/** The response is read up to this size, so that the connection ends in order. Its content is ignored. */
const MAX_RESPONSE_BYTES = 64 * 1024;

/**
 * Makes one attempt to deliver a webhook (Standard Webhooks). Each attempt has a new signature. Follows no redirect, uses neither
 * a proxy nor an open connection, and connects only to a checked address.
 *
 * @param message what to send, and to which address
 * @param secrets the active signing secrets
 * @param options rules for addresses, and limits
 * @throws PermanentError `too-large` when the body has 20 KB or more
 */
export async function sendWebhook(
  message: WebhookMessage,
  secrets: SigningSecrets,
  options: WebhookOptions,
): Promise<WebhookResult> {
  const { rules, timeout = TIMEOUT, resolver, now = () => new Date() } = options;
  const { id, url, type, timestamp, data } = message;
  const body = JSON.stringify({ type, timestamp, data });
  const bytes = Buffer.byteLength(body);
  if (bytes >= MAX_BODY_BYTES) {
    throw new PermanentError(`Webhook ${id} has ${bytes} bytes: it must stay below ${MAX_BODY_BYTES}.`, 'too-large');
  }
  const problem = addressProblem(url, rules);
  if (problem) return { kind: 'refused', problem };

  const signed = signedHeaders(id, body, secrets, now());
  const headers = { 'content-type': 'application/json', ...outgoingHeaders(), ...signed };
  const deadline = AbortSignal.timeout(timeout);
  try {
    const target = new URL(url);
    const lookup = pinnedLookup((address) => isAllowedAddress(address, rules), resolver);
    const { response } = await recordCall({ method: 'POST', url: target.origin, about: type, key: id }, async () => {
      const answer = await post(target, headers, body, { signal: deadline, lookup });
      return { response: answer, status: answer.statusCode ?? 0 };
    });
    await drain(response);
    return toResult(response, now());
  } catch (error) {
    if (error instanceof AddressRefused) return { kind: 'refused', problem: error.message };
    return { kind: 'failed', problem: deadline.aborted ? 'TIMEOUT' : codeOf(error) };
  }
}

/**
 * Returns the headers of Standard Webhooks, with one signature for each active secret. Receivers can verify either.
 *
 * @param id the message's id
 * @param body the exact text of the request's body
 * @param secrets the active signing secrets
 * @param now the time of this attempt
 */
export function signedHeaders(
  id: string,
  body: string,
  { current, previous }: SigningSecrets,
  now: Date,
): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const secrets = previous === undefined ? [current] : [current, previous];
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, now, body)).join(' '),
  };
}

/** Parses `Retry-After` (RFC 9110, 10.2.3), seconds or a date, to milliseconds from now; undefined when it is neither. */
export function parseRetryAfter(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1_000;
  // `Date.parse` accepts many formats. HTTP's begin with the day of the week.
  const date = /^[A-Za-z]{3,9},? /.test(value.trim()) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now.getTime());
}

function post(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  options: { signal: AbortSignal; lookup: ReturnType<typeof pinnedLookup> },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const start = url.protocol === 'https:' ? requestHttps : requestHttp;
    const length = String(Buffer.byteLength(body));
    const request = start(
      url,
      {
        ...options,
        method: 'POST',
        headers: { ...headers, 'content-length': length, 'user-agent': 'event-broker-callbacks' },
        // A new connection: an open one can lead to an address that the name had before.
        agent: false,
        // Regardless of NODE_TLS_REJECT_UNAUTHORIZED.
        rejectUnauthorized: true,
      },
      resolve,
    );
    request.on('error', reject);
    // An upgrade, for one, ends without a response and without an error. After a response this has no effect.
    request.once('close', () => reject(new Error('The receiver sent no response.')));
    request.end(body);
  });
}

async function drain(response: IncomingMessage): Promise<void> {
  let bytes = 0;
  for await (const chunk of response) {
    bytes += (chunk as Buffer).length;
    // Leaving the loop closes the connection.
    if (bytes > MAX_RESPONSE_BYTES) return;
  }
}

function toResult({ statusCode = 0, headers }: IncomingMessage, now: Date): WebhookResult {
  if (statusCode >= 200 && statusCode < 300) return { kind: 'delivered' };
  if (statusCode === 410) return { kind: 'gone' };
  const asksToWait = statusCode === 429 || statusCode === 503;
  const retryAfter = asksToWait ? parseRetryAfter(headers['retry-after'], now) : undefined;
  return { kind: 'failed', problem: `HTTP ${statusCode}`, ...(retryAfter !== undefined && { retryAfter }) };
}

/** An error's code. Its message can contain internal addresses. */
function codeOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : String(name);
}
