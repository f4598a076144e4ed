import { type Loaded, type Ref, refId } from './store';

/** Reads items, in the order of `refs`. */
export type Read = (refs: readonly Ref[]) => Promise<readonly (Loaded | undefined)[]>;

interface Asked {
  readonly ref: Ref;
  readonly found: Promise<Loaded | undefined>;
  readonly resolve: (loaded: Loaded | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** `BatchGetItem` takes no more. */
const MOST = 100;

/**
 * Puts together what is asked for at the same moment. The messages of a batch are processed side by side, and load what they
 * need at about the same time: that is one request instead of ten. What two of them need is read once.
 *
 * @param isInvalid whether an error says that something asked for is impossible: then each is read alone, since that is the
 *   fault of one message, and the others have nothing to do with it
 */
export function together(read: Read, isInvalid: (error: unknown) => boolean): (ref: Ref) => Asked['found'] {
  let waiting = new Map<string, Asked>();

  const answer = async (asked: readonly Asked[]): Promise<void> => {
    try {
      const found = await read(asked.map(({ ref }) => ref));
      asked.forEach(({ resolve }, index) => {
        resolve(found[index]);
      });
    } catch (error) {
      if (asked.length > 1 && isInvalid(error)) for (const one of asked) void answer([one]);
      else for (const { reject } of asked) reject(error);
    }
  };
  const flush = () => {
    const asked = [...waiting.values()];
    waiting = new Map();
    for (let from = 0; from < asked.length; from += MOST) void answer(asked.slice(from, from + MOST));
  };

  return (ref) => {
    const id = refId(ref);
    const known = waiting.get(id);
    if (known) return known.found;
    // After all that is ready to run has run, and asked.
    if (waiting.size === 0) setImmediate(flush);
    const asked = askFor(ref);
    waiting.set(id, asked);
    return asked.found;
  };
}

/** `Promise.withResolvers` needs Node 22. */
function askFor(ref: Ref): Asked {
  let [resolve, reject]: [Asked['resolve'], Asked['reject']] = [() => {}, () => {}];
  const found = new Promise<Loaded | undefined>((onFound, onError) => {
    [resolve, reject] = [onFound, onError];
  });
  return { ref, found, resolve, reject };
}
