import { createHash, timingSafeEqual } from 'node:crypto';
import { awsRuntime } from '../runtime/aws/aws-runtime';
import { readSecret } from '../runtime/aws/secret';
import type { Endpoint } from '../runtime/declare/declaration';
import { errorText } from '../runtime/errors';
import type { HttpHandler } from '../runtime/http/accept';
import { type HttpRequest, type HttpResponse, Problem, problemResponse } from '../runtime/http/http';
import { onLambda } from '../runtime/on-lambda';
import type { Runtime } from '../runtime/runtime';
import { apiKey as apiKeySecret } from './service';
import { type BankSimulation, isOut, simulation } from './simulation';

/** The context of a request to the bank. */
interface BankContext {
  readonly runtime: Runtime;
  /** The simulation that is set for all requests. */
  readonly simulated: BankSimulation;
}

/** Answers an authorised request. */
type BankHandler = (request: HttpRequest, context: BankContext) => Promise<HttpResponse>;

/** The Lambda handler of one of the bank's routes. */
export interface BankRoute extends HttpHandler {
  /** @param apiKey the merchant's key. @default the stored secret */
  readonly run: (request: HttpRequest, runtime: Runtime, apiKey?: string) => Promise<HttpResponse>;
}

/**
 * Wraps a route of the bank: answers 401 to requests without the merchant's API key, and 503 during a simulated outage.
 *
 * @param options.always handles requests during an outage too. @default false
 */
export function bankRoute(endpoint: Endpoint, handle: BankHandler, { always = false } = {}): BankRoute {
  const run: BankRoute['run'] = async (request, runtime, apiKey) => {
    try {
      if (!isAuthorised(request, apiKey ?? (await storedKey()))) {
        return problemResponse(new Problem(401, 'unauthorised', 'The API key is missing or wrong'));
      }
      const [loaded] = await runtime.store.load([simulation]);
      const simulated: BankSimulation = loaded?.item ?? {};
      if (!always && isOut(simulated, runtime.now())) {
        return problemResponse(new Problem(503, 'outage', 'The bank is unavailable', [], { 'retry-after': '2' }));
      }
      return await handle(request, { runtime, simulated });
    } catch (error) {
      if (error instanceof Problem) return problemResponse(error);
      runtime.log.error('failed', { error: errorText(error), stack: error instanceof Error ? error.stack : undefined });
      return problemResponse(new Problem(503, 'unavailable', 'The bank is unavailable'));
    }
  };
  return Object.assign(onLambda(run, awsRuntime), { run, endpoint });
}

async function storedKey(): Promise<string> {
  return (await readSecret<{ current: string }>(apiKeySecret)).current;
}

function isAuthorised({ headers }: HttpRequest, apiKey: string): boolean {
  // Hashes have the same length, as a comparison in constant time requires.
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(headers.authorization ?? ''), hash(`Bearer ${apiKey}`));
}
