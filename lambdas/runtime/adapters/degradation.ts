import type { EventContract } from '../../../contracts/core/contract';
import type { Adapter, Delivery, Handler } from '../delivery';
import { errorText } from '../errors';
import type { EventOf } from '../events/envelope';
import { recordRef } from '../work/commit';
import { runUnitOfWork } from '../work/run-unit-of-work';
import type { UnitOfWork } from '../work/unit-of-work';
import { deferInOutage } from './defer-in-outage';
import { dependencyFailure } from './dependency';

/**
 * Runs a fallback while a dependency is unavailable, and defers the message until the real work succeeds. A dependency is
 * unavailable when it has just failed, or when its circuit is open. The message uses up no attempts.
 *
 * The fallback is a handler. Its unit of work is committed once, under the consumer name `<consumer>:degraded`, however often the
 * message is deferred. Another copy of the message can have been processed already, so the fallback has to load the current state
 * and do nothing if the work is done.
 *
 * If the fallback fails, the failure is logged and the message is deferred anyway. The fallback runs again with the next attempt.
 *
 * @example
 * const announceDelay: HandlerOf<typeof collectPayment> = async ({ orderId }, work) => {
 *   const charge = await work.load(charges(orderId));
 *   if (charge?.status === 'requested') work.emit(PaymentDelayed, { orderId });
 * };
 * export const handler = consume(collectPayment, handle, [
 *   degradation(announceDelay),
 *   circuitBreaker('payment-provider'),
 * ]);
 *
 * @param fallback its contracts and events are those of the subscription
 */
export function degradation<To extends EventContract>(fallback: Handler<To>): Adapter {
  const defer = deferInOutage();
  return (delivery, next) =>
    defer(delivery, async () => {
      try {
        return await next();
      } catch (error) {
        if (dependencyFailure(error)) await fallBack(fallback, delivery);
        throw error;
      }
    });
}

async function fallBack<Contract extends EventContract>(
  fallback: Handler<Contract, UnitOfWork>,
  { subscription, event, runtime }: Delivery,
): Promise<void> {
  const worker = { ...subscription, consumer: `${subscription.consumer}:degraded` };
  const { id, correlationId, traceparent } = event.metadata;
  try {
    // A read costs less than a transaction that fails, and the message can return many times.
    const [done] = await runtime.store.load([recordRef(worker.consumer, id)]);
    if (done) return;
    const known = event as EventOf<Contract>;
    await runUnitOfWork(worker, { id, correlationId, traceparent }, runtime, async (work) => {
      await fallback(known.data, work, known);
    });
  } catch (error) {
    runtime.log.error('fallback failed', {
      consumer: worker.consumer,
      eventId: id,
      correlationId,
      error: errorText(error),
    });
  }
}
