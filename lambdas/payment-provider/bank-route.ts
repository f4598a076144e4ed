import { createHash, timingSafeEqual } from 'node:crypto';
import { awsRuntime, workerSettings } from '../runtime/aws/aws-runtime';
import { readSecret } from '../runtime/aws/secret';
import { describe } from '../runtime/errors';
import { type HttpRequest, type HttpResponse, Problem, problemResponse } from '../runtime/http/http';
import type { Runtime } from '../runtime/runtime';
import type { Worker } from '../runtime/work/run-unit-of-work';
import { type BankSimulation, isOut, simulation } from './simulation';

/** What a clerk works with. */
interface BankContext {
  readonly worker: Worker;
  readonly runtime: Runtime;
  /** How the bank behaves for everybody. */
  readonly simulated: BankSimulation;
}

/** Answers a request of a merchant who was let in. */
type BankHandler = (request: HttpRequest, desk: BankContext) => Promise<HttpResponse>;

/** A Lambda handler for one of the bank's routes, which tests may run in a world of their own. */
export interface BankRoute {
  (request: HttpRequest): Promise<HttpResponse>;
  run(request: HttpRequest, worker: Worker, runtime: Runtime, apiKey: string): Promise<HttpResponse>;
}

/** Lets merchants in who have the key, while the bank is open. */
export function bankRoute(clerk: BankHandler, { always = false } = {}): BankRoute {
  const run: BankRoute['run'] = async (request, worker, runtime, apiKey) => {
    try {
      if (!isAuthorised(request, apiKey)) {
        return problemResponse(new Problem(401, 'unauthorised', 'The API key is missing or wrong'));
      }
      const [loaded] = await runtime.store.load([simulation]);
      const simulated: BankSimulation = loaded?.item ?? {};
      if (!always && isOut(simulated, runtime.now())) {
        return problemResponse(
          new Problem(503, 'out-of-order', 'The bank is out of order', [], { 'retry-after': '2' }),
        );
      }
      return await clerk(request, { worker, runtime, simulated });
    } catch (error) {
      if (error instanceof Problem) return problemResponse(error);
      runtime.log.error('failed', { error: describe(error), stack: error instanceof Error ? error.stack : undefined });
      return problemResponse(new Problem(503, 'unavailable', 'The bank cannot answer now'));
    }
  };
  const handler = async (request: HttpRequest) => {
    const { current } = await readSecret<{ current: string }>('key');
    return run(request, workerSettings(), awsRuntime(), current);
  };
  return Object.assign(handler, { run });
}

function isAuthorised({ headers }: HttpRequest, apiKey: string): boolean {
  // Of hashes, because only what is of the same length can be compared in the same time.
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(headers.authorization ?? ''), hash(`Bearer ${apiKey}`));
}
