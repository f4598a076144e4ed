import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

export type HttpRequest = APIGatewayProxyEventV2;
export type HttpResponse = APIGatewayProxyStructuredResultV2;

/** One thing that is wrong with a request. */
export interface FieldError {
  /** JSON Pointer (RFC 6901) into the body, as a URI fragment: `#/lines/0/quantity`. */
  readonly pointer?: string;
  /** The header or parameter, where the fault is not in the body. */
  readonly field?: string;
  readonly detail: string;
}

/** The request is refused and nothing was stored. Throw it; the client gets it as RFC 9457 problem details. */
export class Problem extends Error {
  override readonly name = 'Problem';

  /**
   * @param status the HTTP status, 4xx or 5xx
   * @param type a short name for this kind of problem, e.g. `invalid-request`
   * @param title what kind of problem it is, the same for all of its type
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

/** A path into a JSON body as a pointer in a URI fragment. */
export function pointer(path: readonly PropertyKey[]): string {
  const tokens = path.map((token) => String(token).replaceAll('~', '~0').replaceAll('/', '~1'));
  return `#${tokens.map((token) => `/${encodeURIComponent(token)}`).join('')}`;
}

/** Who calls, as API Gateway authenticated them; `anonymous` where the API is open. */
export function callerOf(request: HttpRequest): string {
  const { authorizer } = request.requestContext as {
    authorizer?: { iam?: { userArn?: string }; jwt?: { claims?: { iss?: string; sub?: string } } };
  };
  const { iss = '', sub } = authorizer?.jwt?.claims ?? {};
  return authorizer?.iam?.userArn ?? (sub ? `${iss}#${sub}` : 'anonymous');
}
