import { createHash, randomUUID } from 'node:crypto';
import type * as z from 'zod/mini';
import type { EventContract } from '../../../contracts/core/contract';
import { type DataFault, dataFaults } from '../../../contracts/core/data-faults';
import { awsRuntime } from '../aws/aws-runtime';
import '../../../contracts/core/messages';
import { consumerOf, type Endpoint } from '../declare/declaration';
import type { Table } from '../declare/table';
import { errorText, PermanentError } from '../errors';
import { deterministicId } from '../events/ids';
import { type LambdaHandler, onLambda } from '../on-lambda';
import type { Runtime } from '../runtime';
import { EarlyLoads } from '../work/early-loads';
import { runUnitOfWork } from '../work/run-unit-of-work';
import type { Cause, UnitOfWork, Worker } from '../work/unit-of-work';
import type { Work } from '../work/work';
import { causeIn, earlierAnswer } from './earlier-answer';
import { callerOf, type HttpRequest, type HttpResponse, Problem, pointer, problemResponse } from './http';

/** The response to an accepted request, whose result is not known yet. */
export interface Acceptance {
  /** The path on this API where the client polls for the result. @default none */
  readonly location?: string;
  /** The delay before the client polls, in seconds. @default none */
  readonly retryAfter?: number;
  /** The response's JSON body. */
  readonly body: object;
}

/** Processes a request: loads items, stages writes and events, and returns the response. Throws {@link Problem} to refuse the request. */
export type RequestHandler<Body, UnitOfWork = Work> = (
  body: Body,
  work: UnitOfWork,
  request: HttpRequest,
) => Promise<Acceptance> | Acceptance;

/** The Lambda handler of an endpoint. */
export interface HttpHandler extends LambdaHandler<HttpRequest, HttpResponse> {
  /** The declaration that it was made from. */
  readonly endpoint: Endpoint;
}

const MAX_BODY_BYTES = 256 * 1024;
/** The most errors that one response lists. */
const MAX_ERRORS = 10;
/** An `Idempotency-Key`: visible ASCII characters. */
export const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * Makes the function behind a route that accepts requests.
 *
 * It answers 202 as soon as the work is committed. A request that is repeated under the same `Idempotency-Key` header gets the
 * first answer again and has no second effect. Another body under that key is refused with 422
 * (IETF draft-ietf-httpapi-idempotency-key-header). Refusals are problem details (RFC 9457).
 *
 * @example
 * export const handler = accept(placeOrder, async ({ customerId, lines }, work) => {
 *   const orderId = work.newId('order');
 *   work.emit(OrderPlaced, { orderId, customerId, lines });
 *   return { location: `/orders/${orderId}`, retryAfter: 2, body: { orderId } };
 * });
 *
 * @param endpoint the declaration from the service's `service.ts`. Its `body` is the request's schema
 * @param handle the handler of a request whose body is valid
 * @throws Error when the endpoint declares no `body`
 */
export function accept<Body extends z.ZodMiniType, Emits extends EventContract, Uses extends Table>(
  endpoint: Endpoint<Body, Emits, Uses>,
  handle: RequestHandler<z.infer<Body>, Work<Emits, Uses>>,
): HttpHandler {
  const { body: schema } = endpoint;
  const consumer = consumerOf(endpoint);
  if (!schema) throw new Error(`${consumer} accepts requests, so its declaration needs a "body" schema.`);
  const emits = new Set(endpoint.emits.map(({ name }) => name));

  const run: HttpHandler['run'] = async (request, runtime) => {
    const cause = causeOf(request, consumer);
    const flow: Flow = { correlationId: cause.correlationId };
    const respond = (response: HttpResponse, failure?: Failure): HttpResponse => {
      const { correlationId } = flow;
      const fields = { status: response.statusCode, correlationId, traceparent: cause.traceparent };
      if (!failure) runtime.log.info('answered', fields);
      else {
        const { error } = failure;
        runtime.log.error('failed', { ...fields, error: errorText(error), stack: (error as Error)?.stack });
      }
      return response;
    };
    try {
      const worker = { consumer, emits, idempotencyDays: runtime.settings.idempotencyDays, kind: 'server' as const };
      return respond(await answer({ request, cause, schema, endpoint }, handle, worker, runtime, flow));
    } catch (error) {
      if (error instanceof Problem) return respond(problemResponse(error));
      if (error instanceof PermanentError) return respond(problemResponse(rejected(error)), { error });
      return respond(problemResponse(unavailable()), { error });
    }
  };
  return Object.assign(onLambda(run, awsRuntime), { endpoint });
}

/** What was thrown, which can be any value, even undefined. */
interface Failure {
  readonly error: unknown;
}

/** A request to an endpoint. */
interface Question<Schema extends z.ZodMiniType> {
  readonly request: HttpRequest;
  readonly cause: Cause;
  readonly schema: Schema;
  readonly endpoint: Pick<Endpoint<Schema>, 'inbox'>;
}

/** The flow of a request: its own, or the one that its handler continues. */
interface Flow {
  correlationId: string;
}

async function answer<Schema extends z.ZodMiniType>(
  { request, cause, schema, endpoint }: Question<Schema>,
  handle: RequestHandler<z.infer<Schema>, UnitOfWork>,
  worker: Worker,
  runtime: Runtime,
  flow: Flow,
): Promise<HttpResponse> {
  const body = validate(schema, parseBody(request));
  // The schema puts keys in its own order, so the same content has the same hash however it was written.
  const requestHash = createHash('sha256').update(JSON.stringify(body)).digest('base64url');
  // A request without a key is never a repetition, so no item has to remember it.
  const isRepeatable = request.headers['idempotency-key'] !== undefined;
  const inbox = isRepeatable ? endpoint.inbox?.(body) : undefined;
  const early = new EarlyLoads(runtime.store);
  const asked = { requestHash, cause, consumer: worker.consumer, inbox, early };
  const earlier = isRepeatable ? await earlierAnswer(asked, runtime) : undefined;
  if (earlier) return earlier;

  let response: HttpResponse = {};
  const decide = async (work: UnitOfWork) => {
    response = toResponse(await handle(body, work, request));
    flow.correlationId = work.correlationId;
    return { requestHash, response: JSON.stringify(response) };
  };
  const scoped = inbox ? causeIn(inbox, cause) : cause;
  const outcome = await runUnitOfWork(worker, scoped, runtime, decide, { inbox, early });
  if (outcome === 'committed') return response;
  // The same request came in twice at the same moment, and the other one was first.
  return (await earlierAnswer(asked, runtime)) ?? response;
}

/** A key is scoped to its caller: two callers can choose the same one. */
function causeOf(request: HttpRequest, consumer: string): Cause {
  const key = request.headers['idempotency-key'];
  const id = key === undefined ? randomUUID() : deterministicId(consumer, callerOf(request), key);
  return { id, correlationId: id, traceparent: request.headers.traceparent };
}

function parseBody(request: HttpRequest): unknown {
  const key = request.headers['idempotency-key'];
  if (key !== undefined && !IDEMPOTENCY_KEY.test(key)) {
    throw invalid([{ field: 'Idempotency-Key', detail: 'must be 1 to 255 visible ASCII characters' }]);
  }
  const contentType = request.headers['content-type'] ?? '';
  if (!/^application\/json\s*(;|$)/i.test(contentType)) {
    throw new Problem(415, 'unsupported-media-type', 'The body must be JSON', [
      { field: 'Content-Type', detail: 'must be application/json' },
    ]);
  }
  const { body = '', isBase64Encoded } = request;
  if (Buffer.byteLength(body, isBase64Encoded ? 'base64' : undefined) > MAX_BODY_BYTES) {
    throw new Problem(413, 'body-too-large', 'The body is too large', [
      { pointer: '#', detail: `must not exceed ${MAX_BODY_BYTES / 1024} KB` },
    ]);
  }
  const text = isBase64Encoded ? decode(body) : body;
  try {
    return JSON.parse(text);
  } catch {
    throw invalid([{ pointer: '#', detail: 'is not JSON' }]);
  }
}

/** Decodes a body strictly: replacing invalid bytes would store another text than the client sent. */
function decode(base64: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(base64, 'base64'));
  } catch {
    throw invalid([{ pointer: '#', detail: 'is not UTF-8' }]);
  }
}

function validate<Schema extends z.ZodMiniType>(schema: Schema, json: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(json);
  const faults = parsed.success ? firstFaults(parsed.data) : parsed.error.issues.slice(0, MAX_ERRORS);
  if (parsed.success && faults.length === 0) return parsed.data;
  throw invalid(faults.map(({ path, message }) => ({ pointer: pointer(path), detail: message })));
}

/** The rules that hold for all data, whatever the schema says of it. */
function firstFaults(data: unknown): DataFault[] {
  const faults: DataFault[] = [];
  for (const fault of dataFaults(data)) {
    faults.push(fault);
    if (faults.length === MAX_ERRORS) break;
  }
  return faults;
}

function invalid(errors: ConstructorParameters<typeof Problem>[3]): Problem {
  return new Problem(400, 'invalid-request', 'The request is not valid', errors);
}

/** The work can never be committed, so the client must not repeat the request as it is. */
function rejected({ reason }: PermanentError): Problem {
  const detail = 'nothing was accepted; the same request will be rejected again';
  return new Problem(reason === 'too-large' ? 413 : 422, reason, 'The request cannot be processed', [{ detail }]);
}

function unavailable(): Problem {
  const detail = 'nothing was accepted; repeat the request, with the same Idempotency-Key if it had one';
  return new Problem(503, 'unavailable', 'The service cannot take requests now', [{ detail }], { 'retry-after': '1' });
}

function toResponse({ location, retryAfter, body }: Acceptance): HttpResponse {
  return {
    statusCode: 202,
    headers: {
      'content-type': 'application/json',
      ...(location !== undefined && { location }),
      ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
    },
    body: JSON.stringify(body),
  };
}
