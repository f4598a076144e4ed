import { AsyncLocalStorage } from 'node:async_hooks';
import { continueTrace } from '../events/ids';
import type { OutgoingCall } from './outgoing-call';
import { type Current, runUnitsWith } from './unit-context';

const units = new AsyncLocalStorage<Current>();
runUnitsWith((current, run) => units.run(current, run));

/**
 * Returns headers for HTTP requests to other systems: `traceparent` (W3C Trace Context) continues the trace of the current unit of work,
 * and `x-correlation-id` names its flow. Empty outside a unit of work.
 */
export function outgoingHeaders(): Record<string, string> {
  const unit = units.getStore();
  if (unit === undefined) return {};
  return { traceparent: continueTrace(unit.work.traceparent), 'x-correlation-id': unit.correlationId };
}

/** Any response with an HTTP status, such as that of `fetch`. */
export interface Answered {
  /** HTTP status. */
  readonly status: number;
}

/** The calls of a unit of work that its record keeps, at most: the latest ones. */
const MAX_CALLS = 10;
/** Characters of a URL that are kept. */
const MAX_URL = 200;

/**
 * Sends a request to another system. The record of the current unit of work then says what was sent and answered, which the console and
 * `npm run ops -- trace` show. Outside a unit of work, it only sends.
 *
 * The query of the URL is not recorded, because it can contain secrets. Work that fails leaves no record: its log line has the error.
 *
 * @example
 * async function charge(url: string, orderId: string): Promise<Response> {
 *   const headers = { ...outgoingHeaders(), 'idempotency-key': `charge-${orderId}` };
 *   const call = { method: 'POST', url, key: headers['idempotency-key'] };
 *   return recordCall(call, () => fetch(url, { method: 'POST', headers }));
 * }
 *
 * @param request the call, and its full URL
 * @param send sends the request. Its errors are thrown on
 */
export async function recordCall<Response extends Answered>(
  request: Pick<OutgoingCall, 'method' | 'url' | 'about' | 'key'>,
  send: () => Promise<Response>,
): Promise<Response> {
  const unit = units.getStore();
  if (unit === undefined) return send();
  const start = unit.now();
  const record = (outcome: Pick<OutgoingCall, 'status' | 'problem'>) => {
    const milliseconds = unit.now().getTime() - start.getTime();
    const { origin, pathname } = new URL(request.url);
    const url = `${origin}${pathname === '/' ? '' : pathname}`.slice(0, MAX_URL);
    unit.calls.push({ at: start.toISOString(), ...request, url, ...outcome, milliseconds });
    if (unit.calls.length > MAX_CALLS) unit.calls.shift();
  };
  try {
    const response = await send();
    record({ status: response.status });
    return response;
  } catch (error) {
    record({ problem: problemOf(error) });
    throw error;
  }
}

/** Returns an error's code or name. `fetch` has the reason in the cause of its error. */
function problemOf(error: unknown): string {
  const { code, name, cause } = error as { code?: unknown; name?: unknown; cause?: unknown };
  if (name === 'TimeoutError') return 'TIMEOUT';
  if (typeof cause === 'object' && cause !== null) return problemOf(cause);
  return typeof code === 'string' ? code : String(name);
}
