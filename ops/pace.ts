import { setTimeout as sleep } from 'node:timers/promises';

/** Waits before work so that no more than `perSecond` pieces of it begin in a second. */
export function pace(
  perSecond: number,
  now: () => number = () => performance.now(),
  wait: (milliseconds: number) => Promise<unknown> = sleep,
): (pieces: number) => Promise<void> {
  let free = now();
  return async (pieces) => {
    const ahead = free - now();
    if (ahead > 0) await wait(ahead);
    free = Math.max(free, now()) + (pieces / perSecond) * 1_000;
  };
}
