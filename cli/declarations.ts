import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Declaration } from '../lambdas/runtime/declare/declaration';

/** A function that a service declares, and the file of its handler. */
export interface DeclaredFunction {
  readonly declaration: Declaration;
  readonly file: string;
}

/** The folder of the app's functions. */
const LAMBDAS = path.resolve(__dirname, '..', 'lambdas');

/**
 * Finds every function of an app by convention: what each `<folder>/<service>/service.ts` exports, with its handler in
 * `<folder>/<service>/<name>.ts`.
 *
 * @param folder @default the app's `lambdas`
 */
export async function findFunctions(folder = LAMBDAS): Promise<DeclaredFunction[]> {
  const services = readdirSync(folder)
    .map((service) => path.join(folder, service, 'service.ts'))
    .filter((file) => existsSync(file));
  const found = await Promise.all(
    services.map(async (file) => {
      const exported: Record<string, unknown> = await import(file);
      return Object.values(exported)
        .filter(isFunction)
        .map((declaration) => ({ declaration, file: path.join(path.dirname(file), `${declaration.name}.ts`) }));
    }),
  );
  return found.flat();
}

const KINDS = new Set(['subscription', 'endpoint', 'schedule', 'task']);

function isFunction(thing: unknown): thing is Declaration {
  return typeof thing === 'object' && thing !== null && 'kind' in thing && KINDS.has(String(thing.kind));
}
