import { CallbackDelivered, CallbackDue, CallbackFailed } from '../../contracts/callbacks';
import type { Callbacks, Change, DueStep, Step } from './callbacks';
import { callbackTable, type DeliveryWork, type SchedulingWork } from './service';

/** Loads an order's callbacks. Those of an unknown order are empty. */
export function loadCallbacks(orderId: string, work: SchedulingWork): Promise<Callbacks> {
  return work.load(callbackTable(orderId), { orElse: { orderId, deliveries: {} } });
}

/** Stages a change and the reminders that follow from it. */
export function saveChange(before: Callbacks, [after, steps]: Change<DueStep>, work: SchedulingWork): void {
  if (after !== before) work.put(callbackTable(after.orderId), after);
  for (const { type, attempt, due } of steps) {
    work.remind(CallbackDue, { orderId: after.orderId, type, attempt }, due);
  }
}

/** Stages what follows from an attempt: a change, reminders and events. */
export function saveAttempt(before: Callbacks, [after, steps]: Change, work: DeliveryWork): void {
  saveChange(before, [after, steps.filter(isDue)], work);
  const { orderId } = after;
  for (const step of steps) {
    if (step.kind === 'delivered') work.emit(CallbackDelivered, { orderId, type: step.type, attempts: step.attempts });
    if (step.kind === 'failed') {
      work.emit(CallbackFailed, { orderId, type: step.type, attempts: step.attempts, reason: step.reason });
    }
  }
}

function isDue(step: Step): step is DueStep {
  return step.kind === 'due';
}
