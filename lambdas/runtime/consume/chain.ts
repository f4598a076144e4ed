import { consumerOf, type Subscription } from '../declare/declaration';
import type { Adapter, Delivery, Requirements } from '../delivery';

/**
 * Combines adapters into one, outermost first. The second `next()` of an adapter rejects, because it would process the message
 * twice.
 */
export function chain(adapters: readonly Adapter[]): Adapter {
  return (delivery, work) => {
    prepareAll(adapters, delivery);
    const run = (index: number): ReturnType<Adapter> => {
      const adapter = adapters[index];
      if (!adapter) return work();
      let isCalled = false;
      // Async: if the next adapter throws before its first await, next() rejects like after any other failure.
      return adapter(delivery, async () => {
        if (isCalled) throw new Error(calledTwice(index, delivery));
        isCalled = true;
        return run(index + 1);
      });
    };
    return run(0);
  };
}

/** Lets all adapters start what they will read. */
export function prepareAll(adapters: readonly Adapter[], delivery: Delivery): void {
  for (const { prepare } of adapters) prepare?.(delivery);
}

function calledTwice(index: number, { subscription }: Delivery): string {
  return `Adapter ${index + 1} of ${subscription.consumer} called next() twice: call it once, and return its outcome.`;
}

/** Returns all declarations that some adapters require. */
export function requirementsOf(adapters: readonly Adapter[]): Requirements {
  return {
    dependencies: adapters.flatMap(({ requires }) => requires?.dependencies ?? []),
    emits: adapters.flatMap(({ requires }) => requires?.emits ?? []),
  };
}

/**
 * Checks that a subscription declares the dependencies and events that its adapters require.
 *
 * @throws Error when a declaration is missing
 */
export function checkRequirements(subscription: Subscription, adapters: readonly Adapter[]): void {
  const { dependencies, emits } = requirementsOf(adapters);
  const missing = [
    ...dependencies
      .filter((one) => !subscription.dependencies.includes(one))
      .map((one) => `"${one}" to "dependencies"`),
    ...emits.filter((one) => !subscription.emits.includes(one)).map(({ name }) => `${name} to "emits"`),
  ];
  const [first] = missing;
  if (!first) return;
  throw new Error(
    `${consumerOf(subscription)}: its adapters require more than it declares. ` +
      `Add ${[...new Set(missing)].join(' and ')} in lambdas/${subscription.service}/service.ts.`,
  );
}
