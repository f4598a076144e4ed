import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lifetime } from '../../cli/lifetime';
import { killGroupOnExit, stopGroup } from '../../cli/processes';
import { withoutAws } from '../../deployed/environment';
import { findFreePort } from '../../local/emulator/port';

const START_TIMEOUT_MS = 60_000;
const POLL_MS = 100;

/** A server of an AWS API on this machine. */
export interface Server {
  readonly name: string;
  readonly command: string;
  /** @param port a free port of 127.0.0.1 */
  args(port: number): readonly string[];
  /** @default none */
  readonly environment?: Readonly<Record<string, string>>;
  /** The path that answers once the server is ready. */
  readonly path: string;
}

/**
 * Starts a server, and stops it when the lifetime ends.
 *
 * @returns its endpoint
 * @throws Error with the last line that it wrote, when it exits or does not answer
 */
export async function startServer(
  { name, command, args, environment, path }: Server,
  lifetime: Lifetime,
): Promise<string> {
  const port = await findFreePort();
  const child = spawn(command, args(port), {
    env: { ...withoutAws(), ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  killGroupOnExit(child);
  const errors = text(child.stderr);
  const exited = once(child, 'close').then(() => {});
  lifetime.onEnd(() => stopGroup(child, exited));
  const endpoint = `http://127.0.0.1:${port}`;
  const limit = AbortSignal.timeout(START_TIMEOUT_MS);
  while (!(await fetch(`${endpoint}${path}`).catch(() => undefined))) {
    if (child.exitCode !== null) throw new Error(`${name} did not start: ${(await errors).trim().split('\n').at(-1)}`);
    if (limit.aborted) throw new Error(`${name} did not answer on port ${port} within ${START_TIMEOUT_MS / 1_000} s.`);
    await sleep(POLL_MS);
  }
  return endpoint;
}
