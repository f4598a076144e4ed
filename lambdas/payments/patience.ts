/** Seconds from a charge to its first look-up, if no callback arrives. The stack can override it with an environment variable. */
const FIRST_LOOK_SECONDS = 60;
/** The maximum interval of look-ups. They continue while the charge is pending. */
const MOST_SECONDS = 60 * 60;

/**
 * Returns the time of a look-up. Each interval is twice the one before, up to one hour.
 *
 * @param look the number of the look-up, from 1
 */
export function lookAgainAt(look: number, now: Date): Date {
  const first = Number(process.env.FIRST_LOOK_SECONDS ?? FIRST_LOOK_SECONDS);
  return new Date(now.getTime() + Math.min(MOST_SECONDS, first * 2 ** (look - 1)) * 1_000);
}
