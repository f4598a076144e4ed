import type { CallbackFailed, CallbackType } from '../../contracts/callbacks';
import type { DataOf } from '../../contracts/core/contract';
import type { WebhookResult } from '../runtime/webhooks/webhook';
import { delayBefore, type Pace } from './pace';

/** The callbacks of one order. Its events can arrive in any order. */
export interface Callbacks {
  readonly orderId: string;
  /** The customer's callback URL. */
  readonly callbackUrl: string;
  /** The receiver has answered 410 Gone, which ends all callbacks of the order. */
  readonly gone?: boolean;
  readonly byType: Readonly<Partial<Record<CallbackType, Callback>>>;
}

/** The callback for one event. */
export interface Callback {
  /** The time of the event: ISO 8601, UTC. */
  readonly occurredAt: string;
  /** The event's reason, for cancellations. */
  readonly reason?: string;
  /**
   * `waiting`: for the callbacks of earlier events. `sending`: the next attempt is scheduled.
   * The other statuses are final. `outdated`: not sent, because a later event made it obsolete.
   */
  readonly status: 'waiting' | 'sending' | 'delivered' | 'failed' | 'outdated';
  /** The number of attempts so far. */
  readonly attempts: number;
  /** The HTTP status or error code of the last failed attempt, for operators. Never contains the receiver's response. */
  readonly problem?: string;
}

/** An attempt to schedule. */
export interface DueStep {
  readonly kind: 'due';
  readonly type: CallbackType;
  readonly attempt: number;
  readonly due: Date;
}

/** An attempt to schedule, or an event to publish. */
export type Step =
  | DueStep
  | { readonly kind: 'delivered'; readonly type: CallbackType; readonly attempts: number }
  | { readonly kind: 'failed'; readonly type: CallbackType; readonly attempts: number; readonly reason: FailureReason };

type FailureReason = DataOf<typeof CallbackFailed>['reason'];

/** The new state, and the steps that follow from it. */
export type Change<Next extends Step = Step> = readonly [after: Callbacks, steps: readonly Next[]];

/** Event → the event that always occurs before it. */
const PREDECESSORS: Readonly<Partial<Record<CallbackType, CallbackType>>> = { 'order.completed': 'order.confirmed' };

/** Event → the later events that make its callback obsolete. */
const OUTDATED_BY: Readonly<Partial<Record<CallbackType, readonly CallbackType[]>>> = {
  'order.payment-delayed': ['order.confirmed', 'order.cancelled', 'order.completed'],
};

/** Adds the callback for an event. Does nothing when the event was added before. */
export function notify(
  before: Callbacks,
  { type, occurredAt, reason }: Pick<Callback, 'occurredAt' | 'reason'> & { readonly type: CallbackType },
  now: Date,
  pace: Pace,
): Change<DueStep> {
  if (before.byType[type]) return [before, []];
  const callback: Callback = { occurredAt, ...(reason && { reason }), status: 'waiting', attempts: 0 };
  return release(withCallback(before, type, callback), now, pace);
}

/** Returns the callback that a reminder is due for. Undefined when the reminder is late, repeated, or early. */
export function dueCallback(state: Callbacks, type: CallbackType, attempt: number): Callback | undefined {
  const callback = state.byType[type];
  if (callback?.attempts !== attempt - 1) return undefined;
  if (callback.status === 'sending') return callback;
  // The wait for the preceding event is over.
  return callback.status === 'waiting' && isItsTurn(state, type) ? callback : undefined;
}

/** Records the result of an attempt, and schedules the next one after a failure. */
export function recordAttempt(
  before: Callbacks,
  type: CallbackType,
  result: WebhookResult,
  { now, pace, random }: { readonly now: Date; readonly pace: Pace; readonly random: number },
): Change {
  const callback = before.byType[type];
  if (!callback) return [before, []];
  const attempts = callback.attempts + 1;
  const then = (outcome: Partial<Callback>, ...steps: Step[]) =>
    replace(before, type, { ...callback, attempts, ...outcome }, steps, now, pace);
  const fail = (reason: FailureReason, problem: string) =>
    then({ status: 'failed', problem }, { kind: 'failed', type, attempts, reason });

  switch (result.kind) {
    case 'delivered':
      return then({ status: 'delivered' }, { kind: 'delivered', type, attempts });
    case 'gone':
      return stopAll(fail('gone', 'HTTP 410'));
    case 'refused':
      return fail('address-refused', result.problem);
    case 'failed': {
      const delay = delayBefore(attempts + 1, pace, random, result.retryAfter);
      if (delay === undefined) return fail('attempts-exhausted', result.problem);
      const due = new Date(now.getTime() + delay);
      return then({ status: 'sending', problem: result.problem }, { kind: 'due', type, attempt: attempts + 1, due });
    }
  }
}

/** Returns the change that replaces an attempt that must not be made. Undefined when the attempt must be made. */
export function skipAttempt(before: Callbacks, type: CallbackType, now: Date, pace: Pace): Change | undefined {
  const callback = before.byType[type];
  if (!callback) return undefined;
  const { attempts } = callback;
  if (OUTDATED_BY[type]?.some((later) => before.byType[later])) {
    return replace(before, type, { ...callback, status: 'outdated' }, [], now, pace);
  }
  if (!before.gone) return undefined;
  const failed: Callback = { ...callback, status: 'failed', problem: 'HTTP 410' };
  return replace(before, type, failed, [{ kind: 'failed', type, attempts, reason: 'gone' }], now, pace);
}

/** Marks the receiver as gone. Its other callbacks fail when their attempts are due. */
function stopAll([state, steps]: Change): Change {
  return [{ ...state, gone: true }, steps];
}

/** Replaces a callback, and schedules those that waited for it. */
function replace(
  before: Callbacks,
  type: CallbackType,
  callback: Callback,
  steps: readonly Step[],
  now: Date,
  pace: Pace,
): Change {
  const [after, released] = release(withCallback(before, type, callback), now, pace);
  return [after, [...steps, ...released]];
}

/**
 * Schedules the first attempt of every callback whose turn it is. Callbacks are sent in order of occurrence, but one that has
 * failed does not block later ones.
 */
function release(before: Callbacks, now: Date, pace: Pace): Change<DueStep> {
  let after = before;
  const steps: DueStep[] = [];
  for (const [type, callback] of waiting(before)) {
    if (!isItsTurn(after, type)) continue;
    const predecessor = PREDECESSORS[type];
    if (predecessor && !after.byType[predecessor]) {
      steps.push({ kind: 'due', type, attempt: 1, due: new Date(now.getTime() + pace.patience) });
    } else {
      after = withCallback(after, type, { ...callback, status: 'sending' });
      steps.push({ kind: 'due', type, attempt: 1, due: now });
    }
  }
  return [after, steps];
}

function waiting({ byType }: Callbacks): [CallbackType, Callback][] {
  return entries(byType).filter(([, { status }]) => status === 'waiting');
}

/** Returns whether all callbacks of earlier events are final, or have failed at least once. */
function isItsTurn({ byType }: Callbacks, type: CallbackType): boolean {
  const time = timeOf(byType, type);
  return entries(byType).every(([other, { attempts, status }]) => {
    const isBefore = other === PREDECESSORS[type] || (timeOf(byType, other) < time && type !== PREDECESSORS[other]);
    return !isBefore || attempts > 0 || isFinal(status);
  });
}

/** Returns the time of an event, at the earliest that of its predecessor. Else callbacks could wait in a circle: clocks differ. */
function timeOf(byType: Callbacks['byType'], type: CallbackType): string {
  const { occurredAt = '' } = byType[type] ?? {};
  const predecessor = PREDECESSORS[type];
  if (!predecessor) return occurredAt;
  const earliest = timeOf(byType, predecessor);
  if (occurredAt < earliest) return earliest;
  return occurredAt;
}

function isFinal(status: Callback['status']): boolean {
  return status !== 'waiting' && status !== 'sending';
}

function entries(byType: Callbacks['byType']): [CallbackType, Callback][] {
  return Object.entries(byType) as [CallbackType, Callback][];
}

function withCallback(state: Callbacks, type: CallbackType, callback: Callback): Callbacks {
  return { ...state, byType: { ...state.byType, [type]: callback } };
}
