import type { Adapter } from '../delivery';

/** Adapters as one, the outermost first. */
export function chain(adapters: readonly Adapter[]): Adapter {
  return (delivery, work) =>
    adapters.reduceRight<typeof work>((next, adapter) => () => adapter(delivery, next), work)();
}
