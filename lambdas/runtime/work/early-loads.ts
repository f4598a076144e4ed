import { type Loaded, type Ref, refId, type Store } from '../store/store';

/**
 * Loads items for the adapters of a message. The first unit of work of its handler uses them too, so that no item is read twice. When that
 * unit is stale, the next one reads afresh.
 */
export class EarlyLoads {
  private found = new Map<string, Loaded | undefined>();

  constructor(private readonly store: Pick<Store, 'load'>) {}

  async load(ref: Ref): Promise<Loaded | undefined> {
    const [loaded] = await this.store.load([ref]);
    this.found.set(refId(ref), loaded);
    return loaded;
  }

  /** Returns the store of the next unit of work. */
  next(): Pick<Store, 'load'> {
    const { found, store } = this;
    if (found.size === 0) return store;
    this.found = new Map();
    return {
      load: async (refs) => {
        const others = refs.filter((ref) => !found.has(refId(ref)));
        if (others.length > 0) {
          const loaded = await store.load(others);
          for (const [index, ref] of others.entries()) found.set(refId(ref), loaded[index]);
        }
        return refs.map((ref) => found.get(refId(ref)));
      },
    };
  }
}
