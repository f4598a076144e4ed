import type { EventContract } from '../../../contracts/core/contract';
import { awsRuntime } from '../aws/aws-runtime';
import { consumerOf, type Schedule } from '../declare/declaration';
import type { Table } from '../declare/table';
import { type LambdaHandler, onLambda } from '../on-lambda';
import type { Runtime } from '../runtime';
import { runUnitOfWork, type WorkOutcome } from '../work/run-unit-of-work';
import type { Cause } from '../work/unit-of-work';
import type { Work } from '../work/work';

/** The Lambda handler of a schedule. */
export interface ScheduledHandler extends LambdaHandler<unknown, void> {
  /** The declaration that it was made from. */
  readonly schedule: Schedule;
}

/** One run of a schedule. */
export interface Run<Emits extends EventContract, Uses extends Table> {
  /** Store, clock and log. */
  readonly runtime: Runtime;
  /** Runs a unit of work of the schedule. The work of one cause is committed once, even if several runs try it. */
  readonly work: (cause: Cause, decide: (work: Work<Emits, Uses>) => Promise<void>) => Promise<WorkOutcome>;
}

/**
 * Makes the function behind a schedule. It can run twice at the same time, late, or not at all. So its effects are units of work
 * whose causes are the same in every run.
 *
 * @example
 * export const handler = scheduled(sweepOverdue, async ({ runtime, work }) => {
 *   for (const { orderId, due } of await overdueOrders(runtime.now())) {
 *     await work({ id: `${orderId} due ${due}`, correlationId: orderId }, async (unit) => {
 *       unit.emit(OrderOverdue, { orderId });
 *     });
 *   }
 * });
 *
 * @param schedule the declaration from the service's `service.ts`
 * @param handle what a run does
 */
export function scheduled<Emits extends EventContract, Uses extends Table>(
  schedule: Schedule<Emits, Uses>,
  handle: (run: Run<Emits, Uses>) => Promise<void>,
): ScheduledHandler {
  const consumer = consumerOf(schedule);
  const emits = new Set(schedule.emits.map(({ name }) => name));
  const run: ScheduledHandler['run'] = (_event, runtime) => {
    const worker = { consumer, emits, idempotencyDays: runtime.settings.idempotencyDays };
    return handle({ runtime, work: (cause, decide) => runUnitOfWork(worker, cause, runtime, decide) });
  };
  return Object.assign(onLambda(run, awsRuntime), { schedule });
}
