import type { Adapter } from '../delivery';

/**
 * Combines adapters into one, outermost first.
 *
 * @throws Error when an adapter calls `next` twice: the message's work would run twice
 */
export function chain(adapters: readonly Adapter[]): Adapter {
  return (delivery, work) => {
    const run = (index: number): ReturnType<Adapter> => {
      const adapter = adapters[index];
      if (!adapter) return work();
      let isCalled = false;
      return adapter(delivery, () => {
        if (isCalled) throw new Error(`Adapter ${index + 1} of ${delivery.subscription.consumer} called next() twice.`);
        isCalled = true;
        return run(index + 1);
      });
    };
    return run(0);
  };
}
