import { mkdtempSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Environment variables that pass the clouds of the setup to the workers. Not set when there are no clouds. */
const ENDPOINTS = 'END_TO_END_ENDPOINTS';
const LENDING = 'END_TO_END_LENDING';

const LOOK_AGAIN_MS = 200;

/** A cloud that no other test file uses at the same time. */
export interface LentCloud {
  readonly endpoint: string;
  giveBack(): Promise<void>;
}

/** Offers clouds to test files. */
export function lend(endpoints: readonly string[]): void {
  process.env[ENDPOINTS] = endpoints.join(' ');
  process.env[LENDING] = mkdtempSync(path.join(tmpdir(), 'event-broker-lending-'));
}

/** Removes the records of borrowed clouds. */
export async function endLending(): Promise<void> {
  const folder = process.env[LENDING];
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}

/** Returns the addresses of the clouds. Empty where no emulator is available. */
export function endpoints(): readonly string[] {
  return process.env[ENDPOINTS]?.split(' ').filter(Boolean) ?? [];
}

/** Waits until a cloud is free, and locks it. The lock is a folder, because only one process can create it. */
export async function borrowCloud(): Promise<LentCloud> {
  for (;;) {
    for (const endpoint of endpoints()) {
      const folder = path.join(process.env[LENDING] ?? '', encodeURIComponent(endpoint));
      const isMine = await mkdir(folder).then(
        () => true,
        () => false,
      );
      if (isMine) return { endpoint, giveBack: () => rm(folder, { recursive: true }) };
    }
    await sleep(LOOK_AGAIN_MS);
  }
}
