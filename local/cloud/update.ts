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
import { requireLoadableFunctions } from './loadable-functions';

const LAMBDAS = path.join(ROOT, 'lambdas');
const RELAY = path.join(LAMBDAS, 'runtime', 'outbox-relay.ts');

/** A running cloud, and what is deployed to it. */
export interface Deployed {
  readonly deployment: Deployment & { readonly endpoint: string };
  /** The folder of the deployed cloud assembly. */
  readonly assembly: string;
  /** Function's file → the folder of its deployed bundle. */
  readonly bundles: ReadonlyMap<string, string>;
}

/**
 * Returns the bundles of functions as they are now.
 *
 * @param services @default all of the app
 * @throws Error when a function does not compile
 */
export function currentBundles(services?: ReadonlySet<string>): ReadonlyMap<string, string> {
  return bundlesOf(LAMBDAS, services);
}

/**
 * Replaces the code of the functions whose bundles have changed. Everything else stays, data included. Takes one to two seconds,
 * because nothing is synthesised.
 *
 * @returns the names of the functions
 */
export async function updateFunctions(
  { deployment, bundles: before }: Deployed,
  bundles: ReadonlyMap<string, string>,
): Promise<string[]> {
  const client = deployment.clients.of(LambdaClient);
  const changed = functionsOf(deployment).filter(({ file }) => bundles.get(file) !== before.get(file));
  const folders = new Map(changed.map(({ file }) => [file, bundles.get(file) ?? '']));
  await Promise.all(
    changed.map(async ({ function: FunctionName, file }) => {
      const ZipFile = await zip(folders.get(file) ?? '');
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
  const assembly = await synthesise(options);
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

function functionsOf({ services }: Deployment) {
  return services.flatMap(({ service, relay, subscriptions, endpoints, schedules = [] }) => [
    { name: `${service}.relay`, function: relay.function, file: RELAY },
    ...[...subscriptions, ...endpoints, ...schedules].map((one) => ({
      name: `${service}.${one.name}`,
      function: one.function,
      file: path.join(LAMBDAS, service, `${one.name}.ts`),
    })),
  ]);
}

async function zip(folder: string): Promise<Uint8Array> {
  const names = await readdir(folder);
  const files = await Promise.all(names.map(async (name) => [name, await readFile(path.join(folder, name))] as const));
  return zipSync(Object.fromEntries(files), { level: 1 });
}
