import { type Recovery, recover } from '../../../lambdas/runtime/consume/recover';
import { DeferredError, DependencyError, PermanentError, StaleError } from '../../../lambdas/runtime/errors';

const policy = { attempts: 4, backoff: { base: 2, cap: 60 }, random: () => 0.5 };

test.each<[string, unknown, number, Recovery]>([
  ['any error', new Error('not now'), 1, { action: 'retry', seconds: 1 }],
  ['a thrown value that is no error', 'not now', 1, { action: 'retry', seconds: 1 }],
  ['a stale read', new StaleError('changed'), 3, { action: 'retry', seconds: 4 }],
  ['an unavailable dependency', new DependencyError('bank', 'closed'), 1, { action: 'retry', seconds: 1 }],
  ['any error at the last attempt', new Error('not now'), 4, { action: 'park', reason: 'attempts-exhausted' }],
  ['any error after the last attempt', new Error('not now'), 9, { action: 'park', reason: 'attempts-exhausted' }],
  ['a permanent error', new PermanentError('never'), 1, { action: 'park', reason: 'rejected' }],
  ['a permanent error with a reason', new PermanentError('old', 'expired'), 1, { action: 'park', reason: 'expired' }],
  ['a deferral', new DeferredError('later', 20.2), 1, { action: 'defer', seconds: 21 }],
  ['a deferral at the last attempt', new DeferredError('later', 20), 4, { action: 'defer', seconds: 20 }],
  ['a deferral beyond SQS’s longest delay', new DeferredError('later', 10_000), 1, { action: 'defer', seconds: 900 }],
  ['a deferral by a negative delay', new DeferredError('now', -5), 1, { action: 'defer', seconds: 0 }],
])('recovers from %s', (_, error, attempt, recovery) => {
  expect(recover(error, attempt, policy)).toEqual(recovery);
});

test('never delays a retry beyond the longest visibility timeout', () => {
  const patient = { attempts: 100, backoff: { base: 60, cap: 10 ** 9 }, random: () => 0.999 };
  expect(recover(new Error('not now'), 50, patient)).toEqual({ action: 'retry', seconds: 12 * 60 * 60 });
});
