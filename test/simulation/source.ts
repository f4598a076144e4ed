import { findFunctions } from '../../cli/declarations';
import { consumerOf } from '../../lambdas/runtime/declare/declaration';
import type { SynthesisedApp } from '../infrastructure/app';
import { tablesOf } from './handlers';
import type { SystemSource } from './simulators';

/**
 * Collects the parts of an app for a simulation: its functions from the declarations, their settings from the synthesised manifests.
 *
 * @param system the module with `simulator`
 * @param lambdas the folder of the app's functions. @default the app's `lambdas`
 */
export async function sourceOf(system: string, app: SynthesisedApp, lambdas?: string): Promise<SystemSource> {
  const functions = (await findFunctions(lambdas)).filter(({ declaration }) => declaration.kind !== 'task');
  return {
    system,
    functions: Object.fromEntries(functions.map(({ declaration, file }) => [consumerOf(declaration), file])),
    manifests: app.services.map((service) => app.manifest(service)),
    tables: Object.fromEntries(
      functions.flatMap(({ declaration }) =>
        tablesOf(declaration).map(({ service, name, key, sortKey, timeToLive, indexes }) => [
          `${service}.${name}`,
          { key, sortKey, timeToLive, indexes },
        ]),
      ),
    ),
  };
}
