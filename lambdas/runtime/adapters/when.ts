import type { EventContract } from '../../../contracts/core/contract';
import { chain, requirementsOf } from '../consume/chain';
import type { Adapter, Delivery } from '../delivery';
import type { EventOf } from '../events/envelope';

/**
 * Applies adapters only to the messages that need them. Messages that never call a dependency should not wait for it, use its
 * rate limit, or count as successful calls.
 *
 * @example
 * const guarded = when<typeof OrderCancelled>(({ orderId }) => hasCharge(orderId), [circuitBreaker('payment-provider')]);
 *
 * @param isNeeded whether the adapters apply to a message. An error that it throws retries the message
 * @param adapters applied in this order, outermost first
 */
export function when<Contract extends EventContract>(
  isNeeded: (data: EventOf<Contract>['data'], delivery: Delivery) => Promise<boolean>,
  adapters: readonly Adapter[],
): Adapter {
  const wrapped = chain(adapters);
  const adapter: Adapter = async (delivery, next) => {
    const known = delivery.event as EventOf<Contract>;
    return (await isNeeded(known.data, delivery)) ? wrapped(delivery, next) : next();
  };
  return Object.assign(adapter, { requires: requirementsOf(adapters) });
}
