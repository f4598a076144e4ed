import { createHash } from 'node:crypto';
import type * as z from 'zod/mini';
import type { EventContract } from '../../../contracts/core/contract';
import { awsRuntime } from '../aws/aws-runtime';
import { consumerOf, type Endpoint } from '../declare/declaration';
import type { Table } from '../declare/table';
import { describe } from '../errors';
import { onLambda } from '../on-lambda';
import type { Runtime } from '../runtime';
import { isPartitionKey } from '../store/limits';
import type { Item } from '../store/store';
import type { HttpHandler } from './accept';
import { type HttpResponse, Problem, problemResponse } from './http';

/** The representation of a resource, and when to read it again. */
export interface Report {
  readonly body: object;
  /** When to read it again, in seconds. Absent when nothing will change any more. */
  readonly retryAfter?: number;
}

/**
 * The function behind a route that reports a resource's status: reads one item and shows it, with an `ETag`, 304 for a client
 * that has the current version (RFC 9110, 13.1.2), `Retry-After` while it is pending, and 404 problem details where there is none.
 *
 * @example
 * export const handler = report(getOrder, orderViews, ({ orderId, status }) => ({ body: { orderId, status } }));
 *
 * @param endpoint the declaration from the service's `service.ts`: a route with one path parameter, the item's key
 * @param table one of the tables that the endpoint uses
 */
export function report<Uses extends Table, T extends Item>(
  endpoint: Endpoint<z.ZodMiniType, EventContract, Uses>,
  table: Uses & Table<T>,
  show: (item: T, runtime: Runtime) => Report,
): HttpHandler {
  const [, parameter] = /\{(\w+)\}/.exec(endpoint.route) ?? [];
  if (parameter === undefined) {
    throw new Error(
      `${consumerOf(endpoint)}: the route "${endpoint.route}" needs a path parameter, e.g. GET /orders/{orderId}.`,
    );
  }
  const run: HttpHandler['run'] = async (request, runtime) => {
    try {
      const id = request.pathParameters?.[parameter] ?? '';
      // No item has such a key, and DynamoDB would refuse to look for it.
      const [loaded] = isPartitionKey(id) ? await runtime.store.load([table(id)]) : [];
      if (!loaded) {
        return problemResponse(new Problem(404, 'not-found', 'There is no such resource', [notFound(parameter)]));
      }
      return toResponse(show(loaded.item as T, runtime), request.headers['if-none-match']);
    } catch (error) {
      runtime.log.error('failed', { error: describe(error), stack: (error as Error)?.stack });
      const detail = 'the status cannot be read now; try again';
      return problemResponse(
        new Problem(503, 'unavailable', 'The service is unavailable', [{ detail }], { 'retry-after': '1' }),
      );
    }
  };
  return Object.assign(onLambda(run, awsRuntime), { endpoint });
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
