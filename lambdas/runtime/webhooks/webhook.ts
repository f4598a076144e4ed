import type { IncomingMessage } from 'node:http';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Webhook } from 'standardwebhooks';
import { PermanentError } from '../errors';
import { AddressRefused, pinnedLookup, type Resolver } from './public-address';
import { type AddressRules, addressProblem, isAllowedAddress } from './webhook-address';

/** One message to one receiver, the same at every attempt. */
export interface WebhookMessage {
  /** Receivers know a message that they have taken before by this id. */
  readonly id: string;
  readonly url: string;
  /** The event's name for receivers, e.g. `order.confirmed`. */
  readonly type: string;
  /** When the event occurred: ISO 8601, UTC. */
  readonly timestamp: string;
  readonly data: object;
}

/** The secrets that are active: two while receivers change from one to the next. `whsec_` and base64, or base64 alone. */
export interface SigningSecrets {
  readonly current: string;
  readonly previous?: string;
}

/** How an attempt ended. Says nothing of what the receiver wrote. */
export type WebhookResult =
  /** 2xx. */
  | { readonly kind: 'delivered' }
  /** 410: the receiver wants no more. */
  | { readonly kind: 'gone' }
  /** The address is not one that may be called; nothing was sent. */
  | { readonly kind: 'refused'; readonly problem: string }
  /** Anything else: later it may work. */
  | {
      readonly kind: 'failed';
      /** `HTTP 500`, `TIMEOUT`, or the error's code. */
      readonly problem: string;
      /** What the receiver asks for with 429 and 503: how long to wait, in milliseconds. */
      readonly retryAfter?: number;
    };

export interface WebhookOptions {
  readonly rules: AddressRules;
  /** For the whole exchange, from the look-up to the last byte of the answer, in milliseconds. @default 15 s */
  readonly timeout?: number;
  /** @default the system's */
  readonly resolver?: Resolver;
  /** @default the system's clock */
  readonly now?: () => Date;
}

/** Standard Webhooks: "a timeout of 15s to 30s". */
const TIMEOUT = 15_000;
/** Standard Webhooks: payloads should stay below 20 KB. */
const MAX_BODY_BYTES = 20_000;
/** As much of an answer is read to end it politely; nobody looks at it. */
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Makes one attempt to deliver a webhook as Standard Webhooks describes it, signed anew each time. Follows no redirect, uses
 * no proxy and no connection of before, and connects only to an address that was checked.
 *
 * @throws PermanentError when the message is too large to be sent at all
 */
export async function sendWebhook(
  message: WebhookMessage,
  secrets: SigningSecrets,
  options: WebhookOptions,
): Promise<WebhookResult> {
  const { rules, timeout = TIMEOUT, resolver, now = () => new Date() } = options;
  const { id, url, type, timestamp, data } = message;
  const body = JSON.stringify({ type, timestamp, data });
  if (Buffer.byteLength(body) >= MAX_BODY_BYTES) throw new PermanentError(`Webhook ${id} is too large.`, 'too-large');
  const problem = addressProblem(url, rules);
  if (problem) return { kind: 'refused', problem };

  const headers = { 'content-type': 'application/json', ...signedHeaders(id, body, secrets, now()) };
  const deadline = AbortSignal.timeout(timeout);
  try {
    const answer = await post(new URL(url), headers, body, {
      signal: deadline,
      lookup: pinnedLookup((address) => isAllowedAddress(address, rules), resolver),
    });
    await readAway(answer);
    return judge(answer, now());
  } catch (error) {
    if (error instanceof AddressRefused) return { kind: 'refused', problem: error.message };
    return { kind: 'failed', problem: deadline.aborted ? 'TIMEOUT' : codeOf(error) };
  }
}

/** The headers of Standard Webhooks: one signature for each active secret, so that receivers may hold either. */
export function signedHeaders(id: string, body: string, { current, previous }: SigningSecrets, now: Date) {
  const secrets = previous === undefined ? [current] : [current, previous];
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, now, body)).join(' '),
  };
}

/** `Retry-After` (RFC 9110, 10.2.3), seconds or a date, as milliseconds from now; undefined when it says neither. */
export function parseRetryAfter(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1_000;
  // `Date.parse` takes many things for dates; HTTP's begin with the day of the week.
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
        // A connection of its own: one that was kept may lead to what the name meant before.
        agent: false,
        // Whatever the environment says.
        rejectUnauthorized: true,
      },
      resolve,
    );
    request.on('error', reject);
    // An answer that is none, such as an upgrade, ends without an error. After an answer this has no effect.
    request.once('close', () => reject(new Error('There was no answer.')));
    request.end(body);
  });
}

async function readAway(answer: IncomingMessage): Promise<void> {
  let bytes = 0;
  for await (const chunk of answer) {
    bytes += (chunk as Buffer).length;
    // Leaving the loop closes the connection.
    if (bytes > MAX_ANSWER_BYTES) return;
  }
}

function judge({ statusCode = 0, headers }: IncomingMessage, now: Date): WebhookResult {
  if (statusCode >= 200 && statusCode < 300) return { kind: 'delivered' };
  if (statusCode === 410) return { kind: 'gone' };
  const asksToWait = statusCode === 429 || statusCode === 503;
  const retryAfter = asksToWait ? parseRetryAfter(headers['retry-after'], now) : undefined;
  return { kind: 'failed', problem: `HTTP ${statusCode}`, ...(retryAfter !== undefined && { retryAfter }) };
}

/** An error's code: its message may name addresses inside. */
function codeOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : String(name);
}
