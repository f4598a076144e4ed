import { consume } from '../../../lambdas/runtime/consume/consume';
import { DependencyError } from '../../../lambdas/runtime/errors';
import { asked } from '../../support/batch-world';
import { askBank, BankWorld, breaker, outage } from './bank-world';

test('counts no attempt of a deferred message', async () => {
  const world = await outage();
  const last = asked('last', { receives: 3, attemptsBefore: 1 });
  expect(await world.run(world.handler, [last])).toEqual([]);
  expect(world.parked).toEqual([]);
  expect(world.deferred).toEqual([{ message: last, seconds: expect.any(Number), attributes: { attemptsBefore: '3' } }]);
});

test('returns deferred messages after the next probe, spread over one pause', async () => {
  const world = await outage();
  for (world.random of [0, 0.5, 0.999]) await world.process(1);
  expect(world.deferred.map(({ seconds }) => seconds)).toEqual([30, 45, 60]);
});

test('spreads deferred messages over the current pause, also while a probe is running', async () => {
  const world = await outage();
  for (let probes = 0; probes < 3; probes++) {
    world.now = world.circuit()?.probeAt ?? 0;
    await world.process(1);
  }
  const { probeAt = 0 } = world.circuit() ?? {};
  world.deferred.length = 0;
  for (world.random of [0, 0.5]) await world.process(1);
  const until = (probeAt - world.now) / 1_000;
  expect(world.deferred.map(({ seconds }) => seconds)).toEqual([until, until + 120]);

  world.now = probeAt;
  const answer = world.hang();
  world.deferred.length = 0;
  const both = world.process(2);
  await new Promise(setImmediate);
  expect(world.deferred.map(({ seconds }) => seconds)).toEqual([120]);
  answer();
  await both;
});

test('probes with one message at a time, in a batch and across instances', async () => {
  const world = await outage();
  world.wait(31);
  const answer = world.hang();
  const [first, second] = [world.process(10), world.process(10)];
  await new Promise(setImmediate);
  expect(world.calls).toBe(4 + 1);
  answer();
  await Promise.all([first, second]);
  expect(world.deferred).toHaveLength(20);
  expect(world.circuit()).toMatchObject({ state: 'open', failedProbes: 1 });
});

test('closes when the probe succeeds', async () => {
  const world = await outage();
  const other = world.instance();
  expect(await world.process(1, other)).toBe(0);
  world.wait(31);
  world.bank = 'works';
  expect(await world.process(1)).toBe(1);
  expect(world.circuit()).toMatchObject({ state: 'closed', changes: 2 });
  expect(await world.process(10, other)).toBe(10);
});

test('doubles the pause after each failed probe, up to a limit, and counts no attempt', async () => {
  const world = await outage();
  const pauses: number[] = [];
  for (let probes = 0; probes < 6; probes++) {
    const { probeAt = 0 } = world.circuit() ?? {};
    pauses.push((probeAt - world.now) / 1_000);
    world.now = probeAt;
    expect(await world.process(1)).toBe(1);
  }
  expect(pauses).toEqual([30, 60, 120, 240, 300, 300]);
  expect(world.outcomes().slice(4)).toEqual(Array(6).fill('deferred'));
});

test('pauses for as long as the dependency asks', async () => {
  const world = new BankWorld();
  world.bank = 'fails';
  const asking = consume(askBank, () => {
    throw new DependencyError('bank', 'busy', 100);
  }, [breaker()]);
  await world.run(
    asking,
    ['a', 'b', 'c', 'd'].map((id) => asked(id)),
  );
  expect(world.circuit()?.probeAt).toBe(world.now + 100_000);
});

test('lets the next message probe after an error that is not the dependency’s', async () => {
  const world = await outage();
  world.wait(31);
  world.bank = 'breaks';
  expect(await world.process(1)).toBe(1);
  expect(world.circuit()).toMatchObject({ state: 'open', failedProbes: 0 });
  world.bank = 'works';
  expect(await world.process(1)).toBe(1);
  expect(world.circuit()).toMatchObject({ state: 'closed' });
});

test('starts another probe when the lease of a lost one expires', async () => {
  const world = await outage();
  world.wait(31);
  world.hang();
  void world.process(1);
  await new Promise(setImmediate);
  world.hangNoMore();
  world.bank = 'works';
  world.wait(59);
  expect(await world.process(1)).toBe(0);
  world.wait(1);
  expect(await world.process(1)).toBe(1);
  expect(world.circuit()).toMatchObject({ state: 'closed' });
});

test('ignores the result of a probe whose lease has expired', async () => {
  const world = await outage();
  world.wait(31);
  const answer = world.hang();
  const lost = world.process(1);
  await new Promise(setImmediate);
  world.hangNoMore();
  world.bank = 'works';
  world.wait(60);
  await world.process(1);
  answer();
  await lost;
  expect(world.circuit()).toMatchObject({ state: 'closed', changes: 2 });
});
