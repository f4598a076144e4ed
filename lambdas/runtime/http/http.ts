import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** A request, as API Gateway passes it to a function (payload format 2.0). */
export type HttpRequest = APIGatewayProxyEventV2;
/** A response, as API Gateway takes it from a function (payload format 2.0). */
export type HttpResponse = APIGatewayProxyStructuredResultV2;

/** One error of a request. */
export interface FieldError {
  /** JSON Pointer (RFC 6901) into the body, as a URI fragment: `#/lines/0/quantity`. */
  readonly pointer?: string;
  /** The header or parameter, when the error is not in the body. */
  readonly field?: string;
  /** The predicate of a sentence whose subject is the field, e.g. `must be a number`. */
  readonly detail: string;
}

/**
 * Throw it to refuse a request. Nothing is stored, and the client receives problem details (RFC 9457).
 *
 * @example
 * throw new Problem(409, 'order-exists', 'The order exists', [{ pointer: '#/orderId', detail: 'is in use' }]);
 */
export class Problem extends Error {
  /** Identifies the class in logs. */
  override readonly name = 'Problem';

  /**
   * @param status the HTTP status, 4xx or 5xx
   * @param type a short name for this kind of problem, e.g. `invalid-request`
   * @param title a short sentence, the same for all problems of this type
   * @param errors the details, one for each field. Default: none
   * @param headers further headers of the response. Default: none
   */
  constructor(
    readonly status: number,
    readonly type: string,
    readonly title: string,
    readonly errors: readonly FieldError[] = [],
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(title);
  }
}

/** Converts a problem to a response (RFC 9457). @param problem the problem */
export function problemResponse({ status, type, title, errors, headers }: Problem): HttpResponse {
  const detail = errors.map(({ pointer, field, detail }) => `${pointer ?? field ?? 'request'}: ${detail}`).join('; ');
  return {
    statusCode: status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify({
      type: `urn:problem:${type}`,
      title,
      status,
      ...(detail && { detail, errors }),
    }),
  };
}

/** Converts the path of a value in a JSON body to a JSON Pointer in a URI fragment (RFC 6901, 6). */
export function pointer(path: readonly PropertyKey[]): string {
  // A name with an unpaired surrogate has no percent-encoding.
  const tokens = path.map((token) => String(token).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1'));
  return `#${tokens.map((token) => `/${encodeURIComponent(token)}`).join('')}`;
}

/** Returns the caller that API Gateway has authenticated: an ARN or a JWT's subject. `anonymous` if the API is open. */
export function callerOf(request: HttpRequest): string {
  const { authorizer } = request.requestContext as {
    authorizer?: { iam?: { userArn?: string }; jwt?: { claims?: { iss?: string; sub?: string } } };
  };
  const { iss = '', sub } = authorizer?.jwt?.claims ?? {};
  return authorizer?.iam?.userArn ?? (sub ? `${iss}#${sub}` : 'anonymous');
}
