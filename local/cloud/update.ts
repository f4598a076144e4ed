import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { LambdaClient, UpdateFunctionCodeCommand } from '@aws-sdk/client-lambda';
import { zipSync } from 'fflate';
import { ROOT } from '../../cli/project';
import { type Deployment, discoverLocal } from '../../deployed/discover';
import { bundlesOf } from '../../lib/broker/bundling/bundle';
import { synthesise } from './assembly';
import { capConcurrency } from './concurrency';
import { type DeployOptions, deploy } from './deploy';
import { doorOf } from './http-door';
import { requireLoadableFunctions } from './loadable-functions';

/** The folder of the app's functions, one folder for each service. */
export const LAMBDAS = path.join(ROOT, 'lambdas');
const RELAY = path.join(LAMBDAS, 'runtime', 'outbox-relay.ts');

/** A running cloud and its deployed assembly. */
export interface Deployed {
  readonly deployment: Deployment & { readonly endpoint: string };
  /** The folder of the deployed cloud assembly. */
  readonly assembly: string;
  /** Function's file → the folder of its deployed bundle. */
  readonly bundles: ReadonlyMap<string, string>;
}

/** Returns the bundles of the app's functions as they are now. @throws Error when a function does not compile */
export function currentBundles(): ReadonlyMap<string, string> {
  return bundlesOf(LAMBDAS);
}

/**
 * Replaces the code of the functions whose bundles have changed. Everything else stays, data included.
 *
 * @param bundles function's file → the folder of its bundle
 * @returns the names of the functions
 */
export async function updateFunctions(
  { deployment, bundles: before }: Deployed,
  bundles: ReadonlyMap<string, string>,
): Promise<string[]> {
  const client = deployment.clients.of(LambdaClient);
  const changed = functionsOf(deployment).flatMap((one) => {
    const folder = bundles.get(one.file);
    return folder === undefined || folder === before.get(one.file) ? [] : [{ ...one, folder }];
  });
  await Promise.all(
    changed.map(async ({ function: FunctionName, folder }) => {
      const ZipFile = zipSync(await filesIn(folder), { level: 1 });
      await client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile }));
    }),
  );
  return changed.map(({ name }) => name);
}

/**
 * Synthesises the app, and deploys the stacks that have changed.
 *
 * @returns the cloud afterwards, and the names of the stacks
 * @throws Failure before anything is deployed when the app does not synthesise or a function does not load
 */
export async function updateStacks(
  { deployment, assembly: before, bundles: bundlesBefore }: Deployed,
  options: DeployOptions,
): Promise<Deployed & { readonly stacks: readonly string[] }> {
  const assembly = await synthesise({ ...options, door: doorOf(deployment) });
  await requireLoadableFunctions(assembly, options.lifetime.signal);
  const stacks = await changedStacks(before, assembly);
  if (stacks.length === 0) return { deployment, assembly, bundles: bundlesBefore, stacks };
  await deploy(deployment.endpoint, assembly, options, stacks);
  const now = { ...(await discoverLocal(deployment.endpoint)), endpoint: deployment.endpoint };
  await capConcurrency(now);
  return { deployment: now, assembly, bundles: currentBundles(), stacks };
}

/** Returns the stacks of an assembly whose template the other assembly does not have, or has with other contents. */
export async function changedStacks(before: string, now: string): Promise<string[]> {
  const templates = (await readdir(now)).filter((name) => name.endsWith('.template.json')).sort();
  const text = (folder: string, name: string) => readFile(path.join(folder, name), 'utf8').catch(() => '');
  const changed = await Promise.all(
    templates.map(async (name) => (await text(before, name)) !== (await text(now, name))),
  );
  return templates.filter((_, index) => changed[index]).map((name) => name.replace(/\.template\.json$/, ''));
}

/** Returns the deployed functions of the app, with their files. */
export function functionsOf({ services }: Deployment) {
  return services.flatMap(({ service, relay, subscriptions, endpoints, schedules = [] }) => [
    { name: `${service}.relay`, function: relay.function, file: RELAY },
    ...[...subscriptions, ...endpoints, ...schedules].map((one) => ({
      name: `${service}.${one.name}`,
      function: one.function,
      file: path.join(LAMBDAS, service, `${one.name}.ts`),
    })),
  ]);
}

async function filesIn(folder: string): Promise<Record<string, Uint8Array>> {
  const names = await readdir(folder);
  const files = await Promise.all(names.map(async (name) => [name, await readFile(path.join(folder, name))] as const));
  return Object.fromEntries(files);
}
