import DataLoader from 'dataloader';
import { type Loaded, type Ref, refId } from './store';

/** Reads items, in the order of `refs`. */
export type Read = (refs: readonly Ref[]) => Promise<readonly (Loaded | undefined)[]>;

/** `BatchGetItem` reads at most 100 items. */
const MOST = 100;

/**
 * Combines reads that are requested at the same moment. The messages of a batch are processed in parallel and load their items
 * at about the same time, so they need one request instead of ten. An item that two messages need is read once.
 *
 * @param isInvalid whether an error means that a key can never be read. Then each item is read by its own request, so that one message with
 *   an invalid key does not fail the others
 * @param soon calls back after all code that is ready to run has run and requested its items
 */
export function batchLoads(
  read: Read,
  isInvalid: (error: unknown) => boolean,
  soon: (flush: () => void) => void = setImmediate,
): (ref: Ref) => Promise<Loaded | undefined> {
  const alone = async (ref: Ref) => (await read([ref]))[0];
  const loader = new DataLoader<Ref, Loaded | undefined, string>(
    async (refs) => {
      // Only reads of the same moment share a result. Later reads must see later writes.
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
      batchScheduleFn: soon,
    },
  );
  return (ref) => loader.load(ref);
}
