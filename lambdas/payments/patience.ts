/** When the provider is asked first for a charge of which nothing was heard, in seconds. The stack may set it otherwise. */
const FIRST_LOOK_SECONDS = 60;
/** Looking goes on for as long as a charge is pending, but no less often than this. */
const MOST_SECONDS = 60 * 60;

/**
 * When to look for a charge whose callback has not come: each look waits twice as long as the one before.
 *
 * @param look the number of the look, from 1
 */
export function lookAgainAt(look: number, now: Date): Date {
  const first = Number(process.env.FIRST_LOOK_SECONDS ?? FIRST_LOOK_SECONDS);
  return new Date(now.getTime() + Math.min(MOST_SECONDS, first * 2 ** (look - 1)) * 1_000);
}
