import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lifetime } from '../../cli/lifetime';
import { killGroupOnExit, stopGroup } from '../../cli/processes';
import { withoutAws } from '../../deployed/environment';
import { findFreePort } from '../../local/emulator/port';

const START_TIMEOUT_MS = 30_000;
const POLL_MS = 100;

/** Starts moto's server on a free port of 127.0.0.1, and stops it when the lifetime ends. @returns its endpoint */
export async function startMoto(python: string, lifetime: Lifetime): Promise<string> {
  const port = await findFreePort();
  const args = ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)];
  const child = spawn(python, args, { env: withoutAws(), stdio: 'ignore', detached: true });
  killGroupOnExit(child);
  const exited = once(child, 'exit').then(() => {});
  lifetime.onEnd(() => stopGroup(child, exited));
  const endpoint = `http://127.0.0.1:${port}`;
  const limit = AbortSignal.timeout(START_TIMEOUT_MS);
  while (!(await fetch(`${endpoint}/moto-api/data.json`).catch(() => undefined))?.ok) {
    if (limit.aborted || child.exitCode !== null) throw new Error(`moto did not start on port ${port}.`);
    await sleep(POLL_MS);
  }
  return endpoint;
}
