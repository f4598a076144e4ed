import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Limits the rate of work. Await the returned function before each piece of work.
 *
 * @param perSecond - pieces that may begin in one second
 */
export function throttle(
  perSecond: number,
  now: () => number = () => performance.now(),
  wait: (milliseconds: number) => Promise<unknown> = sleep,
): (pieces: number) => Promise<void> {
  let nextSlot = now();
  return async (pieces) => {
    const ahead = nextSlot - now();
    if (ahead > 0) await wait(ahead);
    nextSlot = Math.max(nextSlot, now()) + (pieces / perSecond) * 1_000;
  };
}
