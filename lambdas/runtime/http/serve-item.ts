import { createHash } from 'node:crypto';
import type * as z from 'zod/mini';
import type { EventContract } from '../../../contracts/core/contract';
import { awsRuntime } from '../aws/aws-runtime';
import { consumerOf, type Endpoint } from '../declare/declaration';
import type { Table } from '../declare/table';
import { errorText } from '../errors';
import { onLambda } from '../on-lambda';
import type { Runtime } from '../runtime';
import { isPartitionKey } from '../store/limits';
import type { Item } from '../store/store';
import type { HttpHandler } from './accept';
import { type HttpResponse, Problem, problemResponse } from './http';

/** The representation of a resource. */
export interface Representation {
  /** The response's JSON body. */
  readonly body: object;
  /** The delay before the client polls again, in seconds. @default none: the representation is final */
  readonly retryAfter?: number;
}

/**
 * Makes the function behind a `GET` route that serves one item of a table.
 *
 * It answers 200 with an `ETag`, and with `Retry-After` while the client should poll; 304 if the client has the current
 * representation (RFC 9110, 13.1.2); 404 if there is no item.
 *
 * @example
 * export const handler = serveItem(getOrder, orderViews, ({ orderId, status }) => ({ body: { orderId, status } }));
 *
 * @param endpoint the declaration from the service's `service.ts`: a route with one path parameter, the item's key
 * @param table one of the tables that the endpoint uses
 * @param represent returns the representation of an item
 * @throws Error when the route has no path parameter
 */
export function serveItem<Uses extends Table, T extends Item>(
  endpoint: Endpoint<z.ZodMiniType, EventContract, Uses>,
  table: Uses & Table<T>,
  represent: (item: T, runtime: Runtime) => Representation,
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
      return toResponse(represent(loaded.item as T, runtime), request.headers['if-none-match']);
    } catch (error) {
      runtime.log.error('failed', { error: errorText(error), stack: (error as Error)?.stack });
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

function toResponse({ body, retryAfter }: Representation, ifNoneMatch: string | undefined): HttpResponse {
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
