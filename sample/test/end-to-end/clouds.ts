import { mkdtempSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The environment variables by which the set-up tells the processes that run test files of its clouds; not set when there are none. */
const ENDPOINTS = 'END_TO_END_ENDPOINTS';
const LENDING = 'END_TO_END_LENDING';

const LOOK_AGAIN_MS = 200;

/** A cloud that no other test file uses meanwhile. */
export interface LentCloud {
  readonly endpoint: string;
  giveBack(): Promise<void>;
}

/** Has test files borrow these clouds. */
export function lend(endpoints: readonly string[]): void {
  process.env[ENDPOINTS] = endpoints.join(' ');
  process.env[LENDING] = mkdtempSync(path.join(tmpdir(), 'event-broker-lending-'));
}

/** Forgets who has borrowed what. */
export async function endLending(): Promise<void> {
  const folder = process.env[LENDING];
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}

/** The clouds' addresses; none where no emulator could be had. */
export function endpoints(): readonly string[] {
  return process.env[ENDPOINTS]?.split(' ').filter(Boolean) ?? [];
}

/** Waits until one of the clouds is free. Of those who make a folder of one name, one only succeeds: its cloud it is. */
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
