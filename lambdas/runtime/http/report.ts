import { createHash } from 'node:crypto';
import { awsRuntime } from '../aws/aws-runtime';
import { describe } from '../errors';
import type { Runtime } from '../runtime';
import type { Item, Ref } from '../store/store';
import { type HttpRequest, type HttpResponse, Problem, problemResponse } from './http';

/** How a resource is shown. */
export interface Report {
  readonly body: object;
  /** When it pays to look again, in seconds; absent once nothing will change any more. */
  readonly retryAfter?: number;
}

/** A Lambda handler for a route of an HTTP API, which tests may run in a world of their own. */
export interface Reporter {
  (request: HttpRequest): Promise<HttpResponse>;
  run(request: HttpRequest, runtime: Runtime): Promise<HttpResponse>;
}

/**
 * The function behind a route that reports a resource's status: reads one item and shows it, with an `ETag`, `304` for a
 * client who has it already (RFC 9110, 13.1.2), `Retry-After` while it is pending and 404 problem details where there is none.
 *
 * @param parameter the name of the path parameter that identifies the resource
 */
export function report<T extends Item>(
  parameter: string,
  ref: (id: string) => Ref<T>,
  show: (item: T) => Report,
): Reporter {
  const run: Reporter['run'] = async (request, runtime) => {
    try {
      const id = request.pathParameters?.[parameter] ?? '';
      const [loaded] = id ? await runtime.store.load([ref(id)]) : [];
      if (!loaded) {
        return problemResponse(new Problem(404, 'not-found', 'There is no such resource', [notFound(parameter)]));
      }
      return toResponse(show(loaded.item as T), request.headers['if-none-match']);
    } catch (error) {
      runtime.log.error('failed', { error: describe(error), stack: (error as Error)?.stack });
      const detail = 'the status cannot be read now; try again';
      return problemResponse(
        new Problem(503, 'unavailable', 'The service cannot answer now', [{ detail }], { 'retry-after': '1' }),
      );
    }
  };
  return Object.assign((request: HttpRequest) => run(request, awsRuntime()), { run });
}

function notFound(parameter: string) {
  return { field: parameter, detail: 'is not known' };
}

function toResponse({ body, retryAfter }: Report, ifNoneMatch: string | undefined): HttpResponse {
  const json = JSON.stringify(body);
  const etag = `"${createHash('sha256').update(json).digest('base64url').slice(0, 27)}"`;
  const headers = {
    etag,
    'cache-control': 'private, no-cache',
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
  };
  const tags = ifNoneMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (tags?.includes(etag) || tags?.includes('*')) return { statusCode: 304, headers };
  return { statusCode: 200, headers: { 'content-type': 'application/json', ...headers }, body: json };
}
