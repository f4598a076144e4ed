import type { EventContract } from '../../../contracts/core/contract';
import type { Schedule } from '../declare/declaration';
import { type ScheduledHandler, scheduled } from '../schedule/scheduled';
import { addDays, lastClosedDate } from './business-day';
import type { Reconciliation, ReconciliationContracts, Step } from './reconciliation';

/** Closed days that are started if they have no run yet, e.g. after an outage. */
const CATCH_UP_DAYS = 7;
const HOUR = 60 * 60 * 1_000;

/**
 * Makes the function behind the schedule that starts the run of each day when its grace period is over. A day is compared once,
 * however often the schedule runs. The last seven days are started if they were not, e.g. after an outage, or if they are stuck. Each run of the schedule also has the open
 * discrepancies counted, for the alarm.
 *
 * @example
 * export const handler = startReconciliation(startDaily, money, contracts);
 *
 * @param schedule emits `ReconciliationDue`
 * @param reconciliation made by {@link defineReconciliation}
 * @param contracts made by {@link defineReconciliationContracts}
 */
export function startReconciliation<Entries, Emits extends EventContract>(
  // biome-ignore lint/suspicious/noExplicitAny: a schedule that uses any tables
  schedule: Schedule<any, any>,
  { timeZone, graceHours }: Pick<Reconciliation<Entries, Emits>, 'timeZone' | 'graceHours'>,
  { ReconciliationDue }: ReconciliationContracts,
): ScheduledHandler {
  return scheduled(schedule, async ({ runtime, work }) => {
    const now = runtime.now();
    const last = lastClosedDate(now, timeZone, graceHours * HOUR);
    const remind = (id: string, step: Step) =>
      work({ id, correlationId: id }, async (unit) => {
        unit.remind(ReconciliationDue as EventContract<string, Step, 'reminder'>, step, unit.now);
      });
    for (let back = CATCH_UP_DAYS - 1; back >= 0; back--) {
      const date = addDays(last, -back);
      // Again on each of the seven days, because a start can be lost and a run can be stuck.
      await remind(`reconcile ${date} after ${last}`, { step: 'start', date });
    }
    await remind(`count ${now.toISOString().slice(0, 16)}`, { step: 'count' });
  });
}
