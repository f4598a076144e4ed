import { setTimeout as sleep } from 'node:timers/promises';
import type { Deployment } from '../../deployed/discover';

const FOLLOW_MS = 5_000;

export interface FollowOptions {
  /** Returns the deployment that is served, and the version of the checkout then. */
  current(): { readonly deployment: Deployment; readonly version: string };
  /** Reads the manifests again. */
  discover(): Promise<Deployment>;
  /** Returns a text that changes with the contracts and declarations of this checkout. */
  version(): string;
  /**
   * Called after a change.
   *
   * @param now the deployment as before if only the checkout has changed
   * @param what for people
   */
  onChange(now: Deployment, what: string): unknown;
  readonly signal: AbortSignal;
  /** Milliseconds between two looks. @default 5 seconds */
  readonly every?: number;
}

/** Notices that manifests, contracts or declarations have changed, whoever deploys them. Ends with the signal. */
export async function followDeployments(options: FollowOptions): Promise<void> {
  const { current, discover, version, onChange, signal, every = FOLLOW_MS } = options;
  while (!signal.aborted) {
    await sleep(every, undefined, { signal, ref: false }).catch(() => {});
    if (signal.aborted) return;
    // While an emulator restarts or a network is down, the next look does it.
    const now = await discover().catch(() => undefined);
    if (now === undefined || signal.aborted) continue;
    const served = current();
    if (manifestsOf(now) !== manifestsOf(served.deployment)) await onChange(now, 'the deployment');
    else if (version() !== served.version) await onChange(served.deployment, 'the contracts');
  }
}

/** The manifests as one text, the same for the same manifests in any order. */
function manifestsOf({ broker, journal, services }: Deployment): string {
  const sorted = [...services].sort((one, other) => (one.service < other.service ? -1 : 1));
  return JSON.stringify([broker, journal, sorted]);
}
