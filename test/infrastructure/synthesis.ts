import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const ROOT = join(__dirname, '..', '..');
const KEPT = join(ROOT, '.local', 'templates');
/** All that the templates are made from. */
const SOURCES = ['bin', 'contracts', 'lambdas', 'lib', 'cdk.json', 'package-lock.json', 'tsconfig.json'];

/** Three stages, side by side, on a machine that has other things to do. */
export const SYNTHESIS_TIMEOUT = 120_000;

export const stages = ['local', 'dev', 'prod'] as const;
export type StageName = (typeof stages)[number];

/**
 * Synthesises the app as `cdk synth -c stage=…` does, but for the CLI: the flags of `cdk.json`, every check, and no AWS credentials.
 * Kept until something that it is made from changes.
 *
 * @returns the folder of the cloud assembly
 * @throws Error with what was printed, when it fails
 */
export async function synthesise(stage: StageName): Promise<string> {
  const kept = join(KEPT, `${fingerprint()}-${stage}`);
  if (existsSync(kept)) return kept;
  for (const old of existing().filter((name) => name.endsWith(`-${stage}`)))
    rmSync(join(KEPT, old), { recursive: true });
  const unfinished = `${kept}-${process.pid}`;
  await run(stage, unfinished);
  try {
    renameSync(unfinished, kept);
  } catch (error) {
    // Another worker was faster with the same.
    if (!existsSync(kept)) throw error;
  }
  return kept;
}

async function run(stage: StageName, folder: string): Promise<void> {
  const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as { context: object };
  await promisify(execFile)(process.execPath, ['--import', 'tsx', 'bin/app.ts'], {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      AWS_EC2_METADATA_DISABLED: 'true',
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, stage }),
      CDK_OUTDIR: folder,
      // Local stacks are not checked when they are started either: see lib/broker/validation.ts and local/assembly.ts.
      ...(stage === 'local' && { CDK_VALIDATION: 'false' }),
    },
  });
}

function existing(): string[] {
  return existsSync(KEPT) ? readdirSync(KEPT) : [];
}

function fingerprint(): string {
  const hash = createHash('sha256').update(process.version);
  for (const file of SOURCES.flatMap(filesOf)) hash.update(`\0${file}\0`).update(readFileSync(join(ROOT, file)));
  return hash.digest('hex').slice(0, 16);
}

function filesOf(source: string): string[] {
  if (source.includes('.')) return existsSync(join(ROOT, source)) ? [source] : [];
  return readdirSync(join(ROOT, source), { recursive: true, encoding: 'utf8' })
    .map((file) => join(source, file))
    .filter((file) => /\.(ts|json)$/.test(file))
    .sort();
}
