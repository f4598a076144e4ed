import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Declaration } from '../lambdas/runtime/declare/declaration';
import { ROOT } from './project';

/** A function that a service declares, and the file of its handler. */
export interface DeclaredFunction {
  readonly declaration: Declaration;
  readonly file: string;
}

/** The folder of the app's functions. */
const LAMBDAS = path.join(ROOT, 'lambdas');
const CONTRACTS = path.join(ROOT, 'contracts');

/**
 * Finds every function of an app by convention: what each `<folder>/<service>/service.ts` exports, with its handler in
 * `<folder>/<service>/<name>.ts`.
 *
 * @param folder @default the app's `lambdas`
 */
export async function findFunctions(folder = LAMBDAS): Promise<DeclaredFunction[]> {
  return servicesIn(folder).flatMap((file) =>
    // Not `import()`, which would never read a changed file again.
    Object.values(require(file) as Record<string, unknown>)
      .filter(isFunction)
      .map((declaration) => ({ declaration, file: path.join(path.dirname(file), `${declaration.name}.ts`) })),
  );
}

function servicesIn(folder: string): string[] {
  return readdirSync(folder)
    .map((service) => path.join(folder, service, 'service.ts'))
    .filter((file) => existsSync(file));
}

/** Returns a text that changes when a file with contracts or declarations of the app changes. */
export function versionOfDeclarations(): string {
  const contracts = existsSync(CONTRACTS) ? readdirSync(CONTRACTS).map((name) => path.join(CONTRACTS, name)) : [];
  return [...contracts, ...servicesIn(LAMBDAS)].map((file) => `${file} ${statSync(file).mtimeMs}`).join('\n');
}

/**
 * Makes {@link findFunctions} and `loadContracts` read the app's files again, for a command that outlives a change of them. The core
 * stays as it is, because it has state: which values are sensitive.
 */
export function forgetDeclarations(): void {
  const isOf = (folder: string, core: string, file: string) =>
    file.startsWith(folder + path.sep) && !file.startsWith(path.join(folder, core) + path.sep);
  for (const file of Object.keys(require.cache))
    if (isOf(CONTRACTS, 'core', file) || isOf(LAMBDAS, 'runtime', file)) delete require.cache[file];
}

const KINDS = new Set(['subscription', 'endpoint', 'schedule', 'task']);

function isFunction(thing: unknown): thing is Declaration {
  return typeof thing === 'object' && thing !== null && 'kind' in thing && KINDS.has(String(thing.kind));
}
