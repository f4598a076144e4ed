import type { Runtime } from '../runtime';

/**
 * Lets all that begin to wait in one turn of the event loop wake together, after the delay of the first. The units of a group whose
 * transaction was cancelled then load and commit again as a group. Other function instances still wait for other random delays.
 *
 * @param sleep waits, in milliseconds
 * @param soon runs an action after all code that is ready to run
 */
export function sleepTogether(sleep: Runtime['sleep'], soon: (action: () => void) => void): Runtime['sleep'] {
  let waking: Promise<void> | undefined;
  return (milliseconds) => {
    if (waking === undefined) {
      waking = sleep(milliseconds);
      soon(() => {
        waking = undefined;
      });
    }
    return waking;
  };
}
