import type { CallbackFailed, CallbackType } from '../../contracts/callbacks';
import type { DataOf } from '../../contracts/core/contract';
import type { WebhookResult } from '../runtime/webhooks/webhook';
import { delayBefore, type Pace } from './pace';

/** An order's callbacks: whom to tell, and of what. Each part may come first. */
export interface Callbacks {
  readonly orderId: string;
  /** Where the customer wants to be called; null when nowhere, absent until the order's registration has arrived. */
  readonly url?: string | null;
  /** The receiver wants no more. */
  readonly gone?: boolean;
  readonly deliveries: Readonly<Partial<Record<CallbackType, CallbackDelivery>>>;
}

/** What became of telling the customer of one event. */
export interface CallbackDelivery {
  /** ISO 8601, UTC. */
  readonly occurredAt: string;
  /** Why, for events that say so. */
  readonly reason?: string;
  /**
   * `waiting`: for the registration, or for its turn; `sending`: a reminder of its next attempt is under way.
   * The others are final; `outdated`: it was not sent, since something that came later says more.
   */
  readonly status: 'waiting' | 'sending' | 'delivered' | 'failed' | 'outdated';
  /** Attempts that were made. */
  readonly attempts: number;
  /** How the last failed attempt ended, for operators: never what the receiver wrote. */
  readonly problem?: string;
}

/** A reminder that follows from a change. */
export interface DueStep {
  readonly kind: 'due';
  readonly type: CallbackType;
  readonly attempt: number;
  readonly due: Date;
}

/** A reminder or an event that follows from a change. */
export type Step =
  | DueStep
  | { readonly kind: 'delivered'; readonly type: CallbackType; readonly attempts: number }
  | { readonly kind: 'failed'; readonly type: CallbackType; readonly attempts: number; readonly reason: FailureReason };

type FailureReason = DataOf<typeof CallbackFailed>['reason'];

/** A new state, and the steps that follow from the change. */
export type Change<Next extends Step = Step> = readonly [after: Callbacks, steps: readonly Next[]];

/** What never happens without the other having happened before. */
const PREDECESSORS: Readonly<Partial<Record<CallbackType, CallbackType>>> = { 'order.completed': 'order.confirmed' };

/** What is not worth telling any more once one of the others is known. */
const OUTDATED_BY: Readonly<Partial<Record<CallbackType, readonly CallbackType[]>>> = {
  'order.payment-delayed': ['order.confirmed', 'order.cancelled', 'order.completed'],
};

/** The customer said where to call, or did not. Whatever had happened before is sent now. */
export function register(before: Callbacks, url: string | undefined, now: Date, pace: Pace): Change<DueStep> {
  if (before.url !== undefined) return [before, []];
  if (url === undefined) return [{ ...before, url: null, deliveries: {} }, []];
  return release({ ...before, url }, now, pace);
}

/** Adds an event that the customer wants to be told of. Without a URL, or when it is known already, nothing changes. */
export function notify(
  before: Callbacks,
  { type, occurredAt, reason }: Pick<CallbackDelivery, 'occurredAt' | 'reason'> & { readonly type: CallbackType },
  now: Date,
  pace: Pace,
): Change<DueStep> {
  if (before.url === null || before.deliveries[type]) return [before, []];
  const delivery: CallbackDelivery = { occurredAt, ...(reason && { reason }), status: 'waiting', attempts: 0 };
  return release(withDelivery(before, type, delivery), now, pace);
}

/** The delivery that a reminder asks to attempt; undefined when it comes too late, twice, or before its turn. */
export function attemptable(
  state: Callbacks | undefined,
  type: CallbackType,
  attempt: number,
): CallbackDelivery | undefined {
  const delivery = state?.deliveries[type];
  if (!state?.url || delivery?.attempts !== attempt - 1) return undefined;
  if (delivery.status === 'sending') return delivery;
  // The end of its patience with an event that nothing was heard of.
  return delivery.status === 'waiting' && isItsTurn(state, type, delivery) ? delivery : undefined;
}

/** An attempt was made. */
export function recordAttempt(
  before: Callbacks,
  type: CallbackType,
  result: WebhookResult,
  { now, pace, random }: { readonly now: Date; readonly pace: Pace; readonly random: number },
): Change {
  const delivery = before.deliveries[type];
  if (!delivery) return [before, []];
  const attempts = delivery.attempts + 1;
  const then = (outcome: Partial<CallbackDelivery>, ...steps: Step[]) =>
    become(before, type, { ...delivery, attempts, ...outcome }, steps, now, pace);
  const fail = (reason: FailureReason, problem: string) =>
    then({ status: 'failed', problem }, { kind: 'failed', type, attempts, reason });

  switch (result.kind) {
    case 'delivered':
      return then({ status: 'delivered' }, { kind: 'delivered', type, attempts });
    case 'gone':
      return giveUp(fail('gone', 'HTTP 410'));
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

/** What happens instead of an attempt that nobody wants any more; undefined when it is to be made. */
export function insteadOfAttempt(before: Callbacks, type: CallbackType, now: Date, pace: Pace): Change | undefined {
  const delivery = before.deliveries[type];
  if (!delivery) return undefined;
  const { attempts } = delivery;
  if (OUTDATED_BY[type]?.some((later) => before.deliveries[later])) {
    return become(before, type, { ...delivery, status: 'outdated' }, [], now, pace);
  }
  if (!before.gone) return undefined;
  const failed: CallbackDelivery = { ...delivery, status: 'failed', problem: 'HTTP 410' };
  return become(before, type, failed, [{ kind: 'failed', type, attempts, reason: 'gone' }], now, pace);
}

/** Nothing else is sent to a receiver that is gone: its other callbacks find that out when they are due. */
function giveUp([state, steps]: Change): Change {
  return [{ ...state, gone: true }, steps];
}

/** One delivery is as given now, which may be what others have waited for. */
function become(
  before: Callbacks,
  type: CallbackType,
  delivery: CallbackDelivery,
  steps: readonly Step[],
  now: Date,
  pace: Pace,
): Change {
  const [after, released] = release(withDelivery(before, type, delivery), now, pace);
  return [after, [...steps, ...released]];
}

/** Lets every delivery go whose turn it is. In order of occurrence, but one that fails is overtaken. */
function release(before: Callbacks, now: Date, pace: Pace): Change<DueStep> {
  if (!before.url) return [before, []];
  let after = before;
  const steps: DueStep[] = [];
  for (const [type, delivery] of waiting(before)) {
    if (!isItsTurn(after, type, delivery)) continue;
    const predecessor = PREDECESSORS[type];
    if (predecessor && !after.deliveries[predecessor]) {
      steps.push({ kind: 'due', type, attempt: 1, due: new Date(now.getTime() + pace.patience) });
    } else {
      after = withDelivery(after, type, { ...delivery, status: 'sending' });
      steps.push({ kind: 'due', type, attempt: 1, due: now });
    }
  }
  return [after, steps];
}

function waiting({ deliveries }: Callbacks): [CallbackType, CallbackDelivery][] {
  return entries(deliveries).filter(([, { status }]) => status === 'waiting');
}

/** Everything that is known to have occurred before has come to its end, or is failing. */
function isItsTurn({ deliveries }: Callbacks, type: CallbackType, { occurredAt }: CallbackDelivery): boolean {
  return entries(deliveries).every(([other, { occurredAt: at, attempts, status }]) => {
    const isBefore = other === PREDECESSORS[type] || (at < occurredAt && type !== PREDECESSORS[other]);
    return !isBefore || attempts > 0 || isFinal(status);
  });
}

function isFinal(status: CallbackDelivery['status']): boolean {
  return status !== 'waiting' && status !== 'sending';
}

function entries(deliveries: Callbacks['deliveries']): [CallbackType, CallbackDelivery][] {
  return Object.entries(deliveries) as [CallbackType, CallbackDelivery][];
}

function withDelivery(state: Callbacks, type: CallbackType, delivery: CallbackDelivery): Callbacks {
  return { ...state, deliveries: { ...state.deliveries, [type]: delivery } };
}
