import { setTimeout as sleep } from 'node:timers/promises';
import type { Deployment } from '../../deployed/discover';

const FOLLOW_MS = 5_000;

export interface FollowOptions {
  /** Returns the deployment that is served. */
  current(): Deployment;
  /** Reads the manifests again. */
  discover(): Promise<Deployment>;
  onChange(now: Deployment): void;
  readonly signal: AbortSignal;
  /** Milliseconds between two looks. @default 5 seconds */
  readonly every?: number;
}

/** Notices that the manifests have changed, because a deployment runs in another process. Ends with the signal. */
export async function followDeployments(options: FollowOptions): Promise<void> {
  const { current, discover, onChange, signal, every = FOLLOW_MS } = options;
  while (!signal.aborted) {
    await sleep(every, undefined, { signal, ref: false }).catch(() => {});
    if (signal.aborted) return;
    // While an emulator restarts or a network is down, the next look does it.
    const now = await discover().catch(() => undefined);
    if (now && !signal.aborted && manifestsOf(now) !== manifestsOf(current())) onChange(now);
  }
}

/** The manifests as one text, the same for the same manifests in any order. */
function manifestsOf({ broker, journal, services }: Deployment): string {
  const sorted = [...services].sort((one, other) => (one.service < other.service ? -1 : 1));
  return JSON.stringify([broker, journal, sorted]);
}
