import { consumerOf, type Subscription } from '../declare/declaration';
import type { Adapter, Requirements } from '../delivery';

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

/** What several adapters require together. */
export function requirementsOf(adapters: readonly Adapter[]): Requirements {
  return {
    dependencies: adapters.flatMap(({ requires }) => requires?.dependencies ?? []),
    emits: adapters.flatMap(({ requires }) => requires?.emits ?? []),
  };
}

/** @throws Error when a subscription does not declare what its adapters require */
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
    `${consumerOf(subscription)}: an adapter relies on what its declaration lacks. ` +
      `Add ${[...new Set(missing)].join(' and ')} in lambdas/${subscription.service}/service.ts.`,
  );
}
