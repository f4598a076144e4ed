import type { EventContract } from '../../../contracts/core/contract';
import { chain } from '../consume/chain';
import type { Adapter, Delivery } from '../delivery';
import type { EventOf } from '../events/envelope';

/**
 * Puts adapters around those messages only that need them. A message that has nothing to ask of a dependency then neither waits
 * for it, nor takes from its rate, nor passes for a sign that it works.
 *
 * @param isNeeded what it throws has the message tried again
 */
export function when<Contract extends EventContract>(
  isNeeded: (data: EventOf<Contract>['data'], delivery: Delivery) => Promise<boolean>,
  adapters: readonly Adapter[],
): Adapter {
  const wrapped = chain(adapters);
  return async (delivery, next) => {
    const known = delivery.event as EventOf<Contract>;
    return (await isNeeded(known.data, delivery)) ? wrapped(delivery, next) : next();
  };
}
