import type { EventContract } from '../../../contracts/core/contract';
import type { Adapter, Delivery, Handler } from '../delivery';
import { describe } from '../errors';
import type { EventOf } from '../events/envelope';
import { recordRef } from '../work/commit';
import { runUnitOfWork } from '../work/run-unit-of-work';
import type { UnitOfWork } from '../work/unit-of-work';
import { deferInOutage } from './defer-in-outage';
import { dependencyFailure } from './dependency';

/**
 * Does something less while a dependency is unavailable (it has failed, or its circuit is open), and the real work later.
 *
 * The fallback is a handler as any other: what it stages is committed once, as a unit of work of the consumer `<consumer>:degraded`,
 * however often the message has to wait. Then the message is deferred, without using up attempts. A copy of the message may have
 * been processed meanwhile, so the fallback loads what it decides on, and does nothing if the work is done.
 *
 * If the fallback fails, the message is deferred all the same: it is tried again when the message comes back.
 */
export function degradation<To extends EventContract>(fallback: Handler<To, UnitOfWork>): Adapter {
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
    // Cheaper than to find out by a transaction that fails, each time the message comes back.
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
      error: describe(error),
    });
  }
}
