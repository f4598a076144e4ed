import fc from 'fast-check';
import type { HttpRequest, HttpResponse } from '../../../../lambdas/runtime/http/http';
import { hostileText } from './inputs';

/** Request bodies: some from `almost`, and many that no endpoint expects. */
export function bodies(almost: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 4, arbitrary: almost.map(toJson) },
    { weight: 2, arbitrary: fc.json() },
    { weight: 2, arbitrary: hostileText },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 100_000 }).map((depth) => '['.repeat(depth)) },
  );
}

/** Request headers. */
export const headers = fc.record(
  {
    'content-type': fc.oneof(
      { weight: 8, arbitrary: fc.constant('application/json') },
      { weight: 1, arbitrary: hostileText },
    ),
    'idempotency-key': fc.oneof(fc.uuid(), hostileText),
    traceparent: hostileText,
    'if-none-match': hostileText,
  },
  { requiredKeys: ['content-type'] },
);

export function toJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'undefined';
  } catch {
    return '{}';
  }
}

/** Returns a request in the format of API Gateway. */
export function toRequest(
  text: string,
  sent: Readonly<Record<string, string>>,
  isBase64Encoded = false,
  pathParameters: Readonly<Record<string, string>> = {},
): HttpRequest {
  return {
    version: '2.0',
    routeKey: 'POST /',
    rawPath: '/',
    rawQueryString: '',
    headers: { ...sent },
    pathParameters: { ...pathParameters },
    requestContext: {} as HttpRequest['requestContext'],
    body: isBase64Encoded ? Buffer.from(text).toString('base64') : text,
    isBase64Encoded,
  };
}

/** Returns whether a response is a 4xx with a problem document. */
export function isRefused({ statusCode = 0, headers: answered }: HttpResponse): boolean {
  return statusCode >= 400 && statusCode < 500 && answered?.['content-type'] === 'application/problem+json';
}
