import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type EventSourceMappingConfiguration,
  InvokeCommand,
  LambdaClient,
  paginateListEventSourceMappings,
} from '@aws-sdk/client-lambda';
import { Failure } from '../../cli/failure';
import { inParallel } from '../../cli/parallel';
import { clientOf } from '../../deployed/clients';
import { apiUrl, type Deployment } from '../../deployed/discover';
import { clientSettings } from '../../deployed/environment';
import type { Manifest } from '../../lib/broker/manifest';

const TIMEOUT_MS = 30_000;

/**
 * Waits until the deployed system does its work: every queue and stream is read, and checkout answers that it does not know
 * an order that nobody placed, which takes its API, its function and its table.
 *
 * @throws Failure that says what is missing
 */
export async function waitUntilHealthy(deployment: Deployment, signal?: AbortSignal): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  for (;;) {
    const fault = (await mappingFault(deployment)) ?? (await apiFault(deployment));
    if (fault === undefined) return;
    if (Date.now() > deadline) throw new Failure(`Everything is deployed, but ${fault}.`);
    await sleep(250, undefined, { signal });
  }
}

async function mappingFault({ endpoint, services }: Deployment): Promise<string | undefined> {
  const mappings = await listMappings(endpoint);
  const disabled = mappings.find(({ State }) => State !== 'Enabled');
  if (disabled) return `what reads ${disabled.EventSourceArn} is ${disabled.State}`;
  const expected = services.flatMap(readers);
  const reading = new Set(mappings.map(({ FunctionArn }) => FunctionArn?.split(':').at(6)));
  const idle = expected.find((name) => !reading.has(name));
  return idle && `function ${idle} reads nothing`;
}

/** What reads queues and streams: all of it, or one function's. */
export async function listMappings(
  endpoint: string | undefined,
  FunctionName?: string,
): Promise<EventSourceMappingConfiguration[]> {
  const client = clientOf(LambdaClient, endpoint);
  const mappings: EventSourceMappingConfiguration[] = [];
  for await (const page of paginateListEventSourceMappings({ client }, { FunctionName }))
    mappings.push(...(page.EventSourceMappings ?? []));
  return mappings;
}

async function apiFault(deployment: Deployment): Promise<string | undefined> {
  const url = `${apiUrl(deployment, 'checkout')}/orders/order-that-nobody-placed`;
  const response = await fetch(url).catch(() => undefined);
  const type = response?.headers.get('content-type') ?? 'nothing';
  if (response?.status === 404 && type.startsWith('application/problem+json')) return undefined;
  return `${url} answers ${response?.status ?? 'nothing'} (${type}) instead of 404 problem details`;
}

/**
 * Calls every function that reads a queue or stream with nothing to do, so that the first orders don't wait for one process
 * after the other to start. Failing is no fault: the functions start when they are needed, too.
 */
export async function warmUp({ endpoint, services }: Deployment): Promise<void> {
  const client = new LambdaClient({ ...clientSettings(endpoint), maxAttempts: 1 });
  const nothing = new TextEncoder().encode(JSON.stringify({ Records: [] }));
  await inParallel(availableParallelism(), services.flatMap(readers), async (name) => {
    await client.send(new InvokeCommand({ FunctionName: name, Payload: nothing })).catch(() => undefined);
  });
  client.destroy();
}

/** The functions of a service that read a queue or a stream. */
function readers({ relay, subscriptions }: Manifest): string[] {
  return [relay.function, ...subscriptions.map((one) => one.function)];
}
