import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

const STOP_TIMEOUT_MS = 5_000;

/**
 * Kills a child's whole process group when this process or the child exits. The child must have been spawned with
 * `detached`, which makes it the leader of its own group.
 */
export function killGroupOnExit(child: ChildProcess): void {
  const kill = () => signalGroup(child, 'SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => {
    kill();
    process.off('exit', kill);
  });
}

/** Stops a child's process group with SIGTERM, then with SIGKILL after `timeout` milliseconds. */
export async function stopGroup(
  child: ChildProcess,
  exited: Promise<unknown>,
  timeout = STOP_TIMEOUT_MS,
): Promise<void> {
  if (!isRunning(child)) return;
  signalGroup(child, 'SIGTERM');
  await Promise.race([exited.catch(() => undefined), sleep(timeout, undefined, { ref: false })]);
  if (isRunning(child)) signalGroup(child, 'SIGKILL');
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The whole group has exited.
  }
}

/** Returns whether a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process exists and belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
