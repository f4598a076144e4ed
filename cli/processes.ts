import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

const STOP_TIMEOUT_MS = 5_000;

/**
 * Keeps a child that was started with `detached`, and everything that it starts, from outliving this process: they are one
 * process group. What the child leaves behind when it ends is ended too.
 */
export function ownGroup(child: ChildProcess): void {
  const kill = () => signalGroup(child, 'SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => {
    kill();
    process.off('exit', kill);
  });
}

/** Ends the whole group: in an orderly way if it can, by force when it takes too long. */
export async function stopGroup(
  child: ChildProcess,
  ended: Promise<unknown>,
  timeout = STOP_TIMEOUT_MS,
): Promise<void> {
  if (!isRunning(child)) return;
  signalGroup(child, 'SIGTERM');
  await Promise.race([ended.catch(() => undefined), sleep(timeout, undefined, { ref: false })]);
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
    // All of it has ended.
  }
}

/** Whether a process of that id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
