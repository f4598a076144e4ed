import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Failure } from '../../cli/failure';
import { inParallel } from '../../cli/parallel';
import { placeOf } from '../../cli/place';
import { emulatorEnvironment, LOCAL_ACCOUNT, LOCAL_REGION } from '../../deployed/environment';
import { variables } from '../../lambdas/runtime/aws/settings';
import { ASSEMBLIES } from './assembly';

const execute = promisify(execFile);

const LOAD_BUNDLE = path.join(__dirname, 'load-bundle.cjs');

/** Lambda: the initialisation of a function may take up to 10 s. */
const INIT_TIMEOUT_MS = 10_000;

/** Nothing listens on the discard port: code that runs while it is loaded must not reach any service. */
const NOWHERE = 'http://127.0.0.1:9';

/** A file in an assembly: the functions that were loaded without an error. */
const LOADED = 'loaded-functions.json';

/** The parts of a function that decide whether it loads. */
interface LoadableFunction {
  /** For people: `inventory.reserve-stock`. */
  readonly name: string;
  readonly folder: string;
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
}

interface Resource {
  readonly Type: string;
  readonly Properties?: {
    readonly Handler?: string;
    readonly Environment?: { readonly Variables?: Readonly<Record<string, unknown>> };
  };
  readonly Metadata?: { readonly 'aws:asset:path'?: string };
}

/**
 * Loads the code of every function of an assembly, each in its own process with the function's environment. An emulator
 * deploys a function that throws while it is loaded, and its messages would be retried until they are dead letters.
 *
 * A function that an earlier assembly had with the same code and environment is not loaded again.
 *
 * @throws Failure that names the function, the error and its place
 */
export async function requireLoadableFunctions(
  assembly: string,
  signal: AbortSignal,
  assemblies = ASSEMBLIES,
): Promise<void> {
  const functions = await readFunctions(assembly);
  const known = await readLoaded([assembly, ...(await assembliesIn(assemblies))]);
  const unknown = functions.filter((one) => !known.has(keyOf(one)));
  const faults = new Map<string, string>();
  await inParallel(availableParallelism(), unknown, async (one) => {
    const fault = await findFault(one, signal);
    if (fault !== undefined) faults.set(one.name, fault);
  });
  signal.throwIfAborted();
  if (faults.size > 0)
    throw new Failure([...faults].map(([name, fault]) => `${name} does not start: ${fault}`).join('\n'));
  await writeFile(path.join(assembly, LOADED), JSON.stringify(functions.map(keyOf)));
}

/** Returns the functions in the templates of an assembly that were built by `lib/broker`. */
async function readFunctions(assembly: string): Promise<LoadableFunction[]> {
  const templates = (await readdir(assembly)).filter((name) => name.endsWith('.template.json'));
  const resources = templates.sort().map(async (name) => {
    const template = JSON.parse(await readFile(path.join(assembly, name), 'utf8')) as {
      readonly Resources?: Readonly<Record<string, Resource>>;
    };
    return Object.values(template.Resources ?? {});
  });
  return (await Promise.all(resources)).flat().flatMap(({ Type, Properties, Metadata }) => {
    const asset = Metadata?.['aws:asset:path'];
    const environment = Object.fromEntries(
      Object.entries(Properties?.Environment?.Variables ?? {}).map(([name, value]) => [name, standIn(value)]),
    );
    const service = environment[variables.service];
    if (Type !== 'AWS::Lambda::Function' || asset === undefined || service === undefined) return [];
    const name = `${service}.${environment[variables.name]}`;
    return [{ name, folder: path.join(assembly, asset), handler: Properties?.Handler ?? '', environment }];
  });
}

/** @returns why the function does not load */
async function findFault({ folder, handler, environment }: LoadableFunction, signal: AbortSignal) {
  const env = { ...emulatorEnvironment(NOWHERE), ...environment };
  try {
    await execute(process.execPath, [LOAD_BUNDLE, folder, handler], { env, signal, timeout: INIT_TIMEOUT_MS });
    return undefined;
  } catch (error) {
    return reasonOf(error as { stdout?: string; stderr?: string; killed?: boolean });
  }
}

function reasonOf({
  stdout = '',
  stderr = '',
  killed,
}: {
  stdout?: string;
  stderr?: string;
  killed?: boolean;
}): string {
  if (killed) return `loading it takes more than ${INIT_TIMEOUT_MS / 1_000} s`;
  try {
    const { message, stack } = JSON.parse(stdout.slice(stdout.lastIndexOf('{"message":'))) as Record<string, string>;
    const place = placeOf(stack ?? '');
    return `${message?.split('\n')[0]}${place ? ` (${place})` : ''}`;
  } catch {
    return stderr.trim().split('\n').at(-1) || 'its process exits while it is loaded';
  }
}

/** Replaces a value that CloudFormation decides. Code that parses its settings while it is loaded accepts it. */
function standIn(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[kind, argument] = []] = Object.entries((value ?? {}) as Record<string, unknown>);
  if (kind === 'Fn::Join') {
    const [separator, parts] = argument as [string, unknown[]];
    return parts.map(standIn).join(separator);
  }
  const [id] = [argument].flat();
  return kind === 'Fn::GetAtt'
    ? `arn:aws:service:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${id}`
    : `https://sqs.${LOCAL_REGION}.amazonaws.com/${LOCAL_ACCOUNT}/${id}`;
}

function keyOf({ folder, handler, environment }: LoadableFunction): string {
  return JSON.stringify([path.basename(folder), handler, environment, process.version]);
}

async function assembliesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.map((name) => path.join(folder, name));
}

/** Returns the functions that were loaded for any of the assemblies. */
async function readLoaded(assemblies: readonly string[]): Promise<ReadonlySet<string>> {
  const lists = assemblies.map(async (assembly) => {
    const text = await readFile(path.join(assembly, LOADED), 'utf8').catch(() => '[]');
    return JSON.parse(text) as string[];
  });
  return new Set((await Promise.all(lists)).flat());
}
