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
): Read {
  let waiting: Waiting[] = [];
  const readAll = () => {
    const askers = waiting;
    // Only reads of the same moment share a result. Later reads must see later writes.
    waiting = [];
    const [only] = askers;
    if (only && askers.length === 1 && only.refs.length === 1) read(only.refs).then(only.resolve, only.reject);
    else void readTogether(askers);
  };
  const readTogether = async (askers: readonly Waiting[]): Promise<void> => {
    const refs = new Map(askers.flatMap((asker) => asker.refs).map((ref) => [refId(ref), ref]));
    const answers = new Map<string, Answer>();
    const all = [...refs.entries()];
    const calls: Promise<void>[] = [];
    for (let from = 0; from < all.length; from += MOST) calls.push(readSome(all.slice(from, from + MOST), answers));
    await Promise.all(calls);
    for (const asker of askers) {
      const own = asker.refs.map((ref) => answers.get(refId(ref)));
      const failed = own.find((answer) => answer && 'error' in answer);
      if (failed) asker.reject(failed.error);
      else asker.resolve(own.map((answer) => answer?.found));
    }
  };
  const readSome = async (some: readonly (readonly [id: string, ref: Ref])[], answers: Map<string, Answer>) => {
    try {
      const found = await read(some.map(([, ref]) => ref));
      for (const [index, [id]] of some.entries()) answers.set(id, { found: found[index] });
    } catch (error) {
      if (some.length > 1 && isInvalid(error)) await Promise.all(some.map((one) => readSome([one], answers)));
      else for (const [id] of some) answers.set(id, { error });
    }
  };
  return (refs) => {
    if (refs.length === 0) return Promise.resolve([]);
    if (waiting.length === 0) soon(readAll);
    return new Promise((resolve, reject) => waiting.push({ refs, resolve, reject }));
  };
}

/** A request for items. */
interface Waiting {
  readonly refs: readonly Ref[];
  readonly resolve: (found: readonly (Loaded | undefined)[]) => void;
  readonly reject: (error: unknown) => void;
}

/** An item as it was read, or why it could not be. */
interface Answer {
  readonly found?: Loaded;
  readonly error?: unknown;
}
