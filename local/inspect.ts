import path from 'node:path';
import { LambdaClient, UpdateFunctionCodeCommand } from '@aws-sdk/client-lambda';
import { build } from 'esbuild';
import { zipSync } from 'fflate';
import { findFunctions } from '../cli/declarations';
import { Failure } from '../cli/failure';
import { wholeNumber } from '../cli/options';
import { ROOT } from '../cli/project';
import type { Deployment } from '../deployed/discover';
import { mappedFunctions } from '../deployed/mappings';
import { consumerOf } from '../lambdas/runtime/declare/declaration';
import { buildOptions } from '../lib/broker/bundling/bundle';
import plugins from '../lib/broker/bundling/plugins.cjs';
import { warmUp } from './cloud/health';
import { functionsOf } from './cloud/update';
import type { Inspected } from './emulator/emulator';
import { requireFreePort } from './emulator/port';

/** Node's default, which the launch configuration in `.vscode` names. */
const INSPECTOR_PORT = '9229';

/**
 * Finds a function by its name.
 *
 * @param value `inventory.reserve-stock`, or `reserve-stock` when no other service has a function of that name. After a colon, the
 *   port for debuggers may follow.
 * @throws Failure when there is none or several, or when the port is in use
 */
export async function findInspected(value: string): Promise<Inspected> {
  const [name = '', text = INSPECTOR_PORT] = value.split(':');
  const port = wholeNumber('--inspect', text);
  const names = (await findFunctions()).map(({ declaration }) => consumerOf(declaration));
  const found = names.filter((one) => one === name || one.endsWith(`.${name}`));
  const [only = ''] = found;
  if (found.length === 1) {
    await requireFreePort(port);
    return { name: only, port };
  }
  throw new Failure(
    found.length === 0
      ? `There is no function "${name}": choose one of ${names.sort().join(', ')}.`
      : `Several services have a function "${name}": choose ${found.join(' or ')}.`,
  );
}

/**
 * Deploys the code of a function as it is written: not minified, and with a source map that names the files of this checkout, so that
 * debuggers show the TypeScript source and its variables.
 */
export async function deployReadable(deployment: Deployment, { name }: Inspected): Promise<void> {
  const found = functionsOf(deployment).find((one) => one.name === name);
  if (found === undefined) return;
  const folder = path.join(ROOT, 'out');
  const { outputFiles } = await build({
    ...buildOptions([path.relative(ROOT, found.file)], folder),
    minify: false,
    write: false,
    plugins: plugins(),
  });
  const files = outputFiles.map(({ path: file, contents, text }) => {
    const output = file.endsWith('.map') ? Buffer.from(withAbsoluteSources(text, path.dirname(file))) : contents;
    return [path.basename(file), output] as const;
  });
  const ZipFile = zipSync(Object.fromEntries(files), { level: 1 });
  await deployment.clients
    .of(LambdaClient)
    .send(new UpdateFunctionCodeCommand({ FunctionName: found.function, ZipFile }));
  // A debugger can attach only to a process that runs. An endpoint starts with its first request.
  const consumers = deployment.services.flatMap(mappedFunctions);
  if (consumers.includes(found.function)) await warmUp(deployment, [found.function]);
}

/** The emulator runs the code in a temporary folder, from which relative sources would not be found. */
function withAbsoluteSources(json: string, folder: string): string {
  const map = JSON.parse(json) as { sources: readonly string[] };
  return JSON.stringify({ ...map, sources: map.sources.map((source) => path.resolve(folder, source)) });
}
