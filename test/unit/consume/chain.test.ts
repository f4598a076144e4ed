import { circuitBreaker } from '../../../lambdas/runtime/adapters/circuit-breaker';
import { when } from '../../../lambdas/runtime/adapters/when';
import { chain } from '../../../lambdas/runtime/consume/chain';
import { consume } from '../../../lambdas/runtime/consume/consume';
import type { Adapter, Delivery } from '../../../lambdas/runtime/delivery';
import { answer, asked, BatchWorld } from '../../support/batch-world';
import { events } from '../adapters/bank-world';

test('runs adapters outermost first, around the work', async () => {
  const steps: string[] = [];
  const step =
    (name: string): Adapter =>
    async (_, next) => {
      steps.push(`${name} before`);
      const outcome = await next();
      steps.push(`${name} after`);
      return outcome;
    };
  await chain([step('outer'), step('inner')])({} as Delivery, async () => {
    steps.push('work');
    return 'committed';
  });
  expect(steps).toEqual(['outer before', 'inner before', 'work', 'inner after', 'outer after']);
});

test('retries a message whose adapter calls next() twice, and names the adapter', async () => {
  const world = new BatchWorld();
  const twice: Adapter = async (_, next) => {
    await next();
    return next();
  };
  const message = asked('one');
  const returned = await world.run([message], () => {}, [(_, next) => next(), twice]);
  expect(returned).toEqual([message.messageId]);
  expect(world.lines[0]?.fields.error).toBe('Error: Adapter 2 of answerer.answer called next() twice.');
});

test('refuses adapters that rely on what the subscription does not declare, when the function is loaded', () => {
  const undeclared = { ...answer, dependencies: [] };
  expect(() => consume(undeclared, () => {}, [when(async () => true, [circuitBreaker('bank', { events })])])).toThrow(
    'answerer.answer: an adapter relies on what its declaration lacks. ' +
      'Add "bank" to "dependencies" and BankLost to "emits" and BankRegained to "emits" in lambdas/answerer/service.ts.',
  );
});
