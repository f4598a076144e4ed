import { consume } from '../../../lambdas/runtime/consume/consume';
import { DeferredError, PermanentError } from '../../../lambdas/runtime/errors';
import { Asked, answer } from '../../support/batch-world';
import { eventOf, HandlerWorld } from '../../support/handler-world';

const event = eventOf(Asked, { id: 'one' });
const failing = (error: Error) => consume(answer, () => Promise.reject(error));
const FAILURES = [
  ['retried', new Error('no connection')],
  ['deferred', new DeferredError('not yet', 5)],
  ['parked', new PermanentError('no such order')],
] as const;

describe('a test world', () => {
  it.each(FAILURES)('fails the test when a message is %s, with the reason', async (outcome, error) => {
    await expect(new HandlerWorld().deliver(failing(error), event)).rejects.toThrow(
      new RegExp(`^answerer\\.answer: Asked was ${outcome}, expected processed or duplicate \\(.*${error.message}`),
    );
  });

  it.each(FAILURES)('accepts that a message is %s when the test expects it', async (expect, error) => {
    await new HandlerWorld().deliver(failing(error), event, { expect });
  });

  it('fails the test when a message is processed that is expected to fail', async () => {
    const processed = consume(answer, () => {});
    await expect(new HandlerWorld().deliver(processed, event, { expect: 'parked' })).rejects.toThrow(
      'Asked was processed, expected parked (no error).',
    );
  });

  it('accepts duplicates', async () => {
    const world = new HandlerWorld();
    const processed = consume(answer, () => {});
    await world.deliver(processed, event);
    await world.deliver(processed, event);
  });
});
