import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Lifetime } from '../../cli/lifetime';
import type { Progress } from '../../cli/progress';
import { ROOT } from '../../cli/project';
import { LOCAL_STAGE, withoutAws } from '../../deployed/environment';
import { changeOf, LOCAL_DIRECTORY } from '../../deployed/local-clouds';
import { runApp } from './cdk';

/** All files and folders that the application's cloud assembly is made from. */
const SOURCES = ['bin', 'contracts', 'lambdas', 'lib', 'cdk.json', 'package-lock.json', 'tsconfig.json'];

const ASSEMBLIES_KEPT = 5;

export const ASSEMBLIES = path.join(LOCAL_DIRECTORY, 'assemblies');

export interface SynthesisOptions {
  readonly progress: Progress;
  readonly lifetime: Lifetime;
  /** Called with each line that the CDK prints. */
  readonly onLine?: (line: string) => void;
  /** The URL of the HTTP door. @default the app has API Gateway */
  readonly door?: string;
  /** Seconds for which messages wait for a full batch, at most. @default as stage `local` has it */
  readonly longestWindow?: number;
}

/**
 * Synthesises the application's cloud assembly for stage `local`. Needs no emulator, so both can start at the same time. The
 * assembly is reused until one of its sources changes, because synthesis takes longer than the other steps together.
 *
 * @returns the assembly's folder
 */
export async function synthesise(options: SynthesisOptions): Promise<string> {
  const { progress, lifetime, onLine, door, longestWindow } = options;
  const context = {
    stage: LOCAL_STAGE,
    ...(door && { httpDoor: door }),
    ...(longestWindow !== undefined && { longestWindow: String(longestWindow) }),
  };
  const assembly = path.join(ASSEMBLIES, await fingerprint([], context));
  if (existsSync(assembly)) {
    progress.done('The stacks have not changed since they were synthesised');
    return assembly;
  }
  // Renamed when complete, because another process may wait for the same assembly.
  const unfinished = `${assembly}-${process.pid}`;
  lifetime.onEnd(() => rm(unfinished, { recursive: true, force: true }));
  await runApp(unfinished, context, { environment: synthesisEnvironment(), lifetime, onLine });
  await complete(unfinished, assembly);
  progress.done('Synthesised the stacks');
  return assembly;
}

async function complete(unfinished: string, assembly: string): Promise<void> {
  await rename(unfinished, assembly).catch((error: unknown) => {
    // Another process has synthesised the same assembly meanwhile.
    if (!existsSync(assembly)) throw error;
  });
  await removeOldAssemblies();
}

function synthesisEnvironment(): NodeJS.ProcessEnv {
  return {
    ...withoutAws(),
    AWS_CONFIG_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    // The validation takes 2.5 s. The infrastructure tests run it for the stages that are deployed to AWS.
    CDK_VALIDATION: 'false',
  };
}

/**
 * Returns a hash of all sources of the assemblies. Equal sources have equal assemblies.
 *
 * @param more further sources
 * @param context the context of the synthesis. Default: none
 */
export async function fingerprint(
  more: readonly string[] = [],
  context: Readonly<Record<string, string>> = {},
): Promise<string> {
  const hash = createHash('sha256').update(process.version).update(JSON.stringify(context));
  for (const file of await sourceFiles([...SOURCES, ...more]))
    hash.update(`\0${file}\0`).update(await readFile(path.join(ROOT, file)));
  return hash.digest('hex').slice(0, 16);
}

async function sourceFiles(sources: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    sources.map(async (source) => {
      const names = await readdir(path.join(ROOT, source), { recursive: true, withFileTypes: true }).catch(
        () => undefined,
      );
      if (names === undefined) return existsSync(path.join(ROOT, source)) ? [source] : [];
      const files = names.filter((entry) => entry.isFile());
      return files.map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)));
    }),
  );
  return found.flat().sort();
}

/** Removes all but the newest assemblies. Another process may be deploying a recent one, and branches may share several. */
async function removeOldAssemblies(): Promise<void> {
  const names = await readdir(ASSEMBLIES);
  const aged = await Promise.all(
    // Another process may rename or remove it in the meantime.
    names.map(async (name) => ({ name, changed: await changeOf(path.join(ASSEMBLIES, name)) })),
  );
  const old = aged.sort((a, b) => b.changed - a.changed).slice(ASSEMBLIES_KEPT);
  await Promise.all(old.map(({ name }) => rm(path.join(ASSEMBLIES, name), { recursive: true, force: true })));
}
