import { CallbackDelivered, CallbackDue, CallbackFailed } from '../../contracts/callbacks';
import type { Work } from '../runtime/work/unit-of-work';
import { type Callbacks, type Change, callbacks, type Step } from './callbacks';

/** Loads an order's callbacks; those of an order that nothing is known of yet are empty. */
export async function load(orderId: string, work: Work): Promise<Callbacks> {
  return (await work.load(callbacks(orderId))) ?? { orderId, deliveries: {} };
}

/** Stages a change and what follows from it; nothing, when there is none. */
export function stage(before: Callbacks, [after, steps]: Change, work: Work): void {
  if (after !== before) work.put(callbacks(after.orderId), after);
  for (const step of steps) stageStep(after.orderId, step, work);
}

function stageStep(orderId: string, step: Step, work: Work): void {
  const { type } = step;
  switch (step.kind) {
    case 'due':
      work.remind(CallbackDue, { orderId, type, attempt: step.attempt }, step.due);
      break;
    case 'delivered':
      work.emit(CallbackDelivered, { orderId, type, attempts: step.attempts });
      break;
    case 'failed':
      work.emit(CallbackFailed, { orderId, type, attempts: step.attempts, reason: step.reason });
      break;
  }
}
