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
  let waiting = new Map<string, Waiting>();
  const readAll = () => {
    const all = [...waiting.values()];
    // Only reads of the same moment share a result. Later reads must see later writes.
    waiting = new Map();
    for (let from = 0; from < all.length; from += MOST) void readTogether(all.slice(from, from + MOST));
  };
  const readTogether = async (some: readonly Waiting[]): Promise<void> => {
    try {
      const found = await read(some.map(({ ref }) => ref));
      for (const [index, { askers }] of some.entries()) for (const { resolve } of askers) resolve(found[index]);
    } catch (error) {
      if (some.length > 1 && isInvalid(error)) for (const one of some) void readTogether([one]);
      else for (const { reject } of some.flatMap(({ askers }) => askers)) reject(error);
    }
  };
  return (ref) => {
    const id = refId(ref);
    if (waiting.size === 0) soon(readAll);
    return new Promise((resolve, reject) => {
      const askers = waiting.get(id)?.askers ?? [];
      askers.push({ resolve, reject });
      waiting.set(id, { ref, askers });
    });
  };
}

/** An item to read, and everybody who waits for it. */
interface Waiting {
  readonly ref: Ref;
  readonly askers: { resolve(found: Loaded | undefined): void; reject(error: unknown): void }[];
}
