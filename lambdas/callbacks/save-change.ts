import { CallbackDelivered, CallbackDue, CallbackFailed } from '../../contracts/callbacks';
import type { Callbacks, Change, DueStep, Step } from './callbacks';
import { type AttemptWork, type CallbackWork, callbackTable } from './service';

/** Adds a change and its scheduled attempts to the unit of work. */
export function saveChange(before: Callbacks, [after, steps]: Change<DueStep>, work: CallbackWork): void {
  if (after !== before) work.put(callbackTable(after.orderId), after);
  for (const { type, attempt, due } of steps) {
    work.remind(CallbackDue, { orderId: after.orderId, type, attempt }, due);
  }
}

/** Adds the result of an attempt to the unit of work: the change, scheduled attempts and events. */
export function saveAttempt(before: Callbacks, [after, steps]: Change, work: AttemptWork): void {
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
