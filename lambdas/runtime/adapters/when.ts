import type { EventContract } from '../../../contracts/core/contract';
import { chain, prepareAll, requirementsOf } from '../consume/chain';
import type { Adapter, Delivery } from '../delivery';
import type { EventOf } from '../events/envelope';

/** Options of {@link when}. */
export interface WhenOptions {
  /**
   * Whether most messages need the adapters. What they read is then read together with what the condition reads. Otherwise they read
   * nothing for a message that does not need them. @default false
   */
  readonly likely?: boolean;
}

/**
 * Applies adapters only to the messages that need them. Messages that never call a dependency should not wait for it, use its
 * rate limit, or count as successful calls.
 *
 * @example
 * const guarded = when<typeof OrderCancelled>(({ orderId }) => hasCharge(orderId), [circuitBreaker('payment-provider')]);
 *
 * @param isNeeded whether the adapters apply to a message. An error that it throws retries the message
 * @param adapters applied in this order, outermost first
 * @param options whether most messages need them
 */
export function when<Contract extends EventContract>(
  isNeeded: (data: EventOf<Contract>['data'], delivery: Delivery) => Promise<boolean>,
  adapters: readonly Adapter[],
  { likely = false }: WhenOptions = {},
): Adapter {
  const wrapped = chain(adapters);
  const adapter: Adapter = async (delivery, next) => {
    const known = delivery.event as EventOf<Contract>;
    return (await isNeeded(known.data, delivery)) ? wrapped(delivery, next) : next();
  };
  return Object.assign(adapter, {
    requires: requirementsOf(adapters),
    ...(likely && { prepare: (delivery: Delivery) => prepareAll(adapters, delivery) }),
  });
}
