import DataLoader from 'dataloader';
import { type Loaded, type Ref, refId } from './store';

/** Reads items, in the order of `refs`. */
export type Read = (refs: readonly Ref[]) => Promise<readonly (Loaded | undefined)[]>;

/** `BatchGetItem` takes no more. */
const MOST = 100;

/**
 * Puts together what is asked for at the same moment. The messages of a batch are processed side by side, and load what they
 * need at about the same time: that is one request instead of ten. What two of them need is read once.
 *
 * @param isInvalid whether an error says that something asked for is impossible: then each is read alone, since that is the
 *   fault of one message, and the others have nothing to do with it
 */
export function batchLoads(
  read: Read,
  isInvalid: (error: unknown) => boolean,
): (ref: Ref) => Promise<Loaded | undefined> {
  const alone = async (ref: Ref) => (await read([ref]))[0];
  const loader = new DataLoader<Ref, Loaded | undefined, string>(
    async (refs) => {
      // Only what is asked for at the same moment is shared: the next who asks gets what is there by then.
      loader.clearAll();
      try {
        return await read(refs);
      } catch (error) {
        if (refs.length === 1 || !isInvalid(error)) throw error;
        return Promise.all(refs.map((ref) => alone(ref).catch((reason: Error) => reason)));
      }
    },
    {
      maxBatchSize: MOST,
      cacheKeyFn: refId,
      // After all that is ready to run has run, and asked.
      batchScheduleFn: (flush) => setImmediate(flush),
    },
  );
  return (ref) => loader.load(ref);
}
