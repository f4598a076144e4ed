import { circuitBreaker } from '../../../lambdas/runtime/adapters/circuit-breaker';
import { BankWorld, type Behaviour, breaker, outage } from './bank-world';

test('reads the circuit every few seconds and never writes it while no call fails', async () => {
  const world = new BankWorld();
  const instance = world.instance();
  for (let second = 0; second < 20; second++) {
    await world.process(10, instance);
    world.wait(1);
  }
  expect(world.calls).toBe(200);
  expect(world.store.items('dependencies')).toEqual([]);
  expect(world.writes).toBe(200);
  expect(world.reads).toBe(4);
});

test('opens after too many failed calls, and calls the dependency no more', async () => {
  const world = await outage();
  expect(world.circuit()).toMatchObject({ state: 'open', changes: 1 });
  expect(await world.process(10)).toBe(0);
  expect(world.deferred).toHaveLength(10);
});

test('stays closed while the failure rate is lower', async () => {
  const world = new BankWorld();
  const instance = world.instance();
  await world.process(7, instance);
  world.bank = 'fails';
  await world.process(6, instance);
  expect(world.circuit()).toMatchObject({ state: 'closed' });
  await world.process(1, instance);
  expect(world.circuit()).toMatchObject({ state: 'open' });
});

test('stays closed after a few failed calls, or failed calls that are long ago', async () => {
  const world = new BankWorld();
  const instance = world.instance();
  world.bank = 'fails';
  await world.process(3, instance);
  world.wait(70);
  await world.process(3, instance);
  expect(world.circuit()).toMatchObject({ state: 'closed' });
});

test.each<Behaviour>(['breaks', 'refuses'])('does not count a failed call if the handler %s', async (bank) => {
  const world = new BankWorld();
  world.bank = bank;
  await world.process(20);
  expect(world.circuit()).toBeUndefined();
});

test('does not count a failure of another dependency', async () => {
  const world = await outage([circuitBreaker('post-office', { minimumCalls: 4 })]);
  expect(world.circuit()).toBeUndefined();
});

test('adds up the failed calls of all instances, and stops all of them', async () => {
  const world = new BankWorld();
  const instances = [1, 2, 3, 4].map(() => world.instance());
  world.bank = 'fails';
  await Promise.all(instances.map((instance) => world.process(1, instance)));
  expect(world.circuit()).toMatchObject({ state: 'open', changes: 1 });
  expect(world.changes()).toEqual(['BankLost']);
  world.wait(5);
  const calls = await Promise.all(instances.map((instance) => world.process(5, instance)));
  expect(calls).toEqual([0, 0, 0, 0]);
});

test('counts the successful calls of other instances once a call has failed', async () => {
  const world = new BankWorld();
  const [healthy, failing] = [world.instance(), world.instance()];
  world.bank = 'fails';
  await world.process(1, failing);
  world.bank = 'works';
  for (let second = 0; second < 10; second++) {
    await world.process(2, healthy);
    world.wait(1);
  }
  world.bank = 'fails';
  await world.process(3, failing);
  expect(world.circuit()).toMatchObject({ state: 'closed' });
});

test('publishes one event for each change of state, caused by the message that changed it', async () => {
  const world = await outage();
  world.wait(31);
  world.bank = 'works';
  await world.process(1);
  const [lost, regained] = world.published();
  expect(lost).toMatchObject({ source: 'answerer', name: 'BankLost', detail: { data: { dependency: 'bank' } } });
  expect(lost?.detail.metadata).toMatchObject({ causationId: expect.stringMatching(/^ask-[1-4]$/) });
  expect(regained).toMatchObject({ name: 'BankRegained', detail: { metadata: { causationId: 'ask-5' } } });
  expect(world.counts.get('CircuitOpened of bank')).toBe(1);
  expect(world.counts.get('CircuitClosed of bank')).toBe(1);
});

test('publishes a change once if its commit seemed to fail but succeeded', async () => {
  const world = new BankWorld();
  world.bank = 'fails';
  const instance = world.instance({
    transact: async (writes) => {
      await world.store.transact(writes);
      if (writes.length > 1) throw new Error('the response was lost');
    },
  });
  await world.process(4, instance);
  await world.process(4, instance);
  world.wait(5);
  await world.process(4, instance);
  expect(world.circuit()).toMatchObject({ state: 'open', changes: 1 });
  expect(world.changes()).toEqual(['BankLost']);
});

test('stays open after a deployment', async () => {
  const world = await outage();
  const deployed = new BankWorld([breaker()]);
  Object.assign(deployed, { store: world.store });
  expect(await deployed.process(10)).toBe(0);
});

test('processes messages as if closed if the table is unavailable, and counts it for the alarm', async () => {
  const world = await outage();
  world.bank = 'works';
  const down = async () => {
    throw new Error('no such table');
  };
  const blind = world.instance({
    load: down,
    transact: async (writes) => {
      if (writes.some(({ ref }) => ref.table === 'dependencies')) await down();
      await world.store.transact(writes);
    },
  });
  expect(await world.process(10, blind)).toBe(10);
  expect(world.counts.get('DependencyStateUnknown of bank')).toBe(1);
  world.bank = 'fails';
  expect(await world.process(10, blind)).toBe(10);
  expect(world.outcomes().slice(-10)).toEqual(Array(10).fill('retried'));
});

test('counts deferred messages for the alarm', async () => {
  const world = await outage();
  await world.process(10);
  expect(world.counts.get('CircuitOpen of bank')).toBe(10);
});

test.each([{ failureRate: 0 }, { failureRate: 1.1 }, { minimumCalls: 0 }])('rejects the options %o', (options) => {
  expect(() => circuitBreaker('bank', options)).toThrow('bank');
});
