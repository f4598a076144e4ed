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

test('lets an outer adapter catch what an inner one throws before its first await', async () => {
  const world = new BatchWorld();
  const caught: unknown[] = [];
  const outer: Adapter = (_, next) =>
    next().catch((error: unknown) => {
      caught.push(error);
      throw error;
    });
  const failure = new Error('thrown at once');
  const inner: Adapter = () => {
    throw failure;
  };
  await world.run([asked('one')], () => {}, [outer, inner]);
  expect(caught).toEqual([failure]);
});

test('processes a message once if an adapter calls next() twice without waiting', async () => {
  const world = new BatchWorld();
  const handle = jest.fn();
  const twice: Adapter = (_, next) => Promise.all([next(), next()]).then(([outcome]) => outcome);
  const message = asked('one');
  expect(await world.run([message], handle, [twice])).toEqual([message.messageId]);
  expect(handle).toHaveBeenCalledTimes(1);
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
  expect(world.lines[0]?.fields.error).toBe(
    'Error: Adapter 2 of answerer.answer called next() twice: call it once, and return its outcome.',
  );
});

test('throws when the function is loaded if the subscription does not declare what its adapters require', () => {
  const undeclared = { ...answer, dependencies: [] };
  expect(() => consume(undeclared, () => {}, [when(async () => true, [circuitBreaker('bank', { events })])])).toThrow(
    'answerer.answer: its adapters require more than it declares. ' +
      'Add "bank" to "dependencies" and BankLost to "emits" and BankRegained to "emits" in lambdas/answerer/service.ts.',
  );
});
