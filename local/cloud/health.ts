import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { Failure, messageOf } from '../../cli/failure';
import { inParallel } from '../../cli/parallel';
import { apiUrl, type Deployment } from '../../deployed/discover';
import { functionOf, listMappings, mappedFunctions } from '../../deployed/mappings';

/** A busy machine takes some seconds for the first request of each function. */
const TIMEOUT_MS = 120_000;
const RETRY_MS = 250;
/** Replaces each parameter of a route, as in `GET /orders/{orderId}`. */
const PARAMETER_VALUE = 'health-check';

/**
 * Waits until every queue and stream has its consumer, and every `GET` route answers without a server error. Other routes are
 * not called, because a request may have effects.
 *
 * @throws Failure that names the first consumer or route that is not ready in time
 */
export async function waitUntilHealthy(deployment: Deployment, signal?: AbortSignal): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  for (;;) {
    const fault = (await findMappingFault(deployment)) ?? (await findRouteFault(deployment));
    if (fault === undefined) return;
    if (Date.now() > deadline) throw new Failure(`Everything is deployed, but ${fault}.`);
    await sleep(RETRY_MS, undefined, { signal });
  }
}

async function findMappingFault(deployment: Deployment): Promise<string | undefined> {
  const mappings = await listMappings(deployment);
  const disabled = mappings.find(({ State }) => State !== 'Enabled');
  if (disabled) return `the mapping of ${disabled.EventSourceArn} is ${disabled.State}`;
  const mapped = new Set(mappings.map(functionOf));
  const unmapped = deployment.services.flatMap(mappedFunctions).find((name) => !mapped.has(name));
  return unmapped && `the function ${unmapped} has no event source mapping`;
}

async function findRouteFault(deployment: Deployment): Promise<string | undefined> {
  for (const { service, endpoints, api } of deployment.services) {
    for (const { route } of api === undefined ? [] : endpoints) {
      const [method, path = ''] = route.split(' ');
      if (method !== 'GET') continue;
      const url = apiUrl(deployment, service) + path.replaceAll(/\{[^}]+\}/g, PARAMETER_VALUE);
      const answer = await fetch(url).then(
        ({ status }) => status,
        (error: unknown) => messageOf(error),
      );
      if (typeof answer === 'string' || answer >= 500) return `GET ${url} answers ${answer}`;
    }
  }
  return undefined;
}

/**
 * Invokes consumers with an empty batch, so that the first messages do not wait for processes to start. Failures are ignored:
 * consumers also start when they are needed.
 *
 * @param functions their physical names. @default all
 */
export async function warmUp(
  { clients, services }: Deployment,
  functions = services.flatMap(mappedFunctions),
): Promise<void> {
  const client = new LambdaClient({ ...clients.settings, maxAttempts: 1 });
  const emptyBatch = new TextEncoder().encode(JSON.stringify({ Records: [] }));
  await inParallel(availableParallelism(), functions, async (name) => {
    await client.send(new InvokeCommand({ FunctionName: name, Payload: emptyBatch })).catch(() => undefined);
  });
  client.destroy();
}
