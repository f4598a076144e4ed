import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Lifetime } from '../../cli/lifetime';
import { noProgress } from '../../cli/progress';
import type { BusKind } from '../../lib/broker/channels/bus';
import { fingerprint, synthesise as synthesiseLocal } from '../../local/cloud/assembly';

export const ROOT = join(__dirname, '..', '..');
const KEPT = join(ROOT, '.local', 'templates');

/** The CDK checks templates in WebAssembly. Compiled by one thread, a synthesis takes a quarter less CPU time. */
const NODE = ['--wasm-num-compilation-tasks=1'];

/** For three stages in parallel, on a busy machine. */
export const SYNTHESIS_TIMEOUT = 120_000;

export const stages = ['local', 'dev', 'prod'] as const;
export type StageName = (typeof stages)[number];

/** The CDK's check takes longer than all others together, so it runs only for the stage that has every stack. */
const CHECKED_BY_CDK: StageName = 'dev';

/**
 * Synthesises the app as `cdk synth -c stage=…` does, with the flags of `cdk.json`, every check, and no AWS credentials. The result
 * is kept until an input changes. The set-up calls this before the test files start.
 *
 * @param bus `v2` for a Custom Event Bus. Default: the app's own
 * @returns the folder of the cloud assembly; for stage `local` it is the one that the local cloud deploys
 * @throws Error with what was printed, when it fails
 */
export async function synthesise(stage: StageName, bus?: BusKind): Promise<string> {
  if (stage === 'local') return forLocalCloud();
  const variant = bus === undefined ? stage : `${stage}-${bus}`;
  const kept = join(KEPT, `${await fingerprint()}-${variant}`);
  if (existsSync(kept)) return kept;
  // Not those of the fixture, which end alike.
  for (const old of existing().filter((name) => /^[0-9a-f]+-(.*)$/.exec(name)?.[1] === variant))
    rmSync(join(KEPT, old), { recursive: true, force: true });
  const unfinished = `${kept}-${process.pid}`;
  await run(stage, unfinished, bus);
  try {
    renameSync(unfinished, kept);
  } catch (error) {
    // Another process has synthesised the same app meanwhile.
    if (!existsSync(kept)) throw error;
  }
  return kept;
}

/** Longer than any batching window. */
const UNLIMITED_SECONDS = 24 * 60 * 60;

/**
 * Synthesises the app for its settings: stage `local` with the batching windows of the other stages. It takes a quarter of the time of
 * stage `dev`, because nothing is checked.
 */
export function synthesiseSettings(): Promise<string> {
  return forLocalCloud(UNLIMITED_SECONDS);
}

async function forLocalCloud(longestWindow?: number): Promise<string> {
  const lifetime = new Lifetime();
  try {
    return await synthesiseLocal({ progress: noProgress, lifetime, longestWindow });
  } finally {
    await lifetime.end();
  }
}

async function run(stage: StageName, folder: string, bus?: BusKind): Promise<void> {
  const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as { context: object };
  await promisify(execFile)(process.execPath, [...NODE, '--import', 'tsx', 'bin/app.ts'], {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      AWS_EC2_METADATA_DISABLED: 'true',
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, stage, ...(bus && { bus }) }),
      CDK_OUTDIR: folder,
      ...(stage !== CHECKED_BY_CDK && { CDK_VALIDATION: 'false' }),
    },
  });
}

function existing(): string[] {
  return existsSync(KEPT) ? readdirSync(KEPT) : [];
}
