import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The header that carries the token of a call that changes something. */
export const TOKEN_HEADER = 'x-console-token';

/** Headers of every answer: the app loads nothing from elsewhere and cannot be framed. */
export const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

/**
 * Explains why a request must be refused; undefined when it may be served. Other websites in the operator's browser can reach a
 * loopback port: `Host` defeats DNS rebinding, `Origin` defeats cross-site calls, and the token both once more.
 */
export function refusal(
  { method = 'GET', headers }: { readonly method?: string; readonly headers: IncomingHttpHeaders },
  { port, token }: { readonly port: number; readonly token: string },
): string | undefined {
  const { host = '', origin } = headers;
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) return `the host "${host}" is not this console`;
  if (origin !== undefined && origin !== `http://${host}`) return `the origin ${origin} is another site`;
  if (headers['sec-fetch-site'] === 'cross-site') return 'the request comes from another site';
  if (method === 'GET' || method === 'HEAD') return undefined;
  if (method !== 'POST') return `the method ${method} is not supported`;
  return isEqual(String(headers[TOKEN_HEADER] ?? ''), token)
    ? undefined
    : 'the token is missing or of an earlier start';
}

function isEqual(one: string, other: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(one), hash(other));
}
