import * as z from 'zod/mini';
import { defineEvent } from '../../../contracts/contract';
import type { Circuit } from '../../../lambdas/runtime/adapters/circuit';
import { circuitBreaker } from '../../../lambdas/runtime/adapters/circuit-breaker';
import { consume } from '../../../lambdas/runtime/consume';
import { DependencyError, PermanentError } from '../../../lambdas/runtime/errors';
import { Asked, asked } from '../../support/batch-world';
import { AdapterWorld, type Instance } from './adapter-world';

const schema = z.object({ dependency: z.string() });
const BankLost = defineEvent({ name: 'BankLost', owner: 'answerer', version: 1, schema });
const BankRegained = defineEvent({ name: 'BankRegained', owner: 'answerer', version: 1, schema });
const events = { opened: BankLost, closed: BankRegained };

/** Opens at half of four calls, probes after 30 seconds. */
const breaker = () => circuitBreaker('bank', { minimumCalls: 4, events });

type Behaviour = 'works' | 'fails' | 'breaks' | 'refuses';

class BankWorld extends AdapterWorld {
  bank: Behaviour = 'works';
  calls = 0;
  /** While set, the bank does not answer. */
  hangs?: Promise<void>;
  private id = 0;

  constructor(adapters = [breaker()]) {
    super('answerer.answer', [BankLost, BankRegained]);
    this.handler = consume(Asked, () => this.ask(), adapters);
  }

  readonly handler: ReturnType<typeof consume>;

  private async ask(): Promise<void> {
    const { bank } = this;
    this.calls++;
    await this.hangs;
    if (bank === 'fails') throw new DependencyError('bank', 'it is closed');
    if (bank === 'breaks') throw new Error('this code is broken');
    if (bank === 'refuses') throw new PermanentError('no such account');
  }

  /** So many messages in one batch. @returns how many times the bank was called */
  async process(messages: number, instance?: Instance): Promise<number> {
    const before = this.calls;
    await this.run(
      this.handler,
      Array.from({ length: messages }, () => asked(`ask-${++this.id}`)),
      instance,
    );
    return this.calls - before;
  }

  circuit(): Circuit | undefined {
    return this.store.items<Circuit>('dependencies')[0];
  }

  changes(): string[] {
    return this.published().map(({ name }) => name);
  }
}

/** A world whose circuit has just opened. */
async function outage(adapters?: ConstructorParameters<typeof BankWorld>[0]): Promise<BankWorld> {
  const world = new BankWorld(adapters);
  world.bank = 'fails';
  await world.process(4);
  return world;
}

test('while all is well, nothing is written, and the state is read every few seconds only', async () => {
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

test('opens when too many calls have failed, and calls no more', async () => {
  const world = await outage();
  expect(world.circuit()).toMatchObject({ state: 'open', changes: 1 });
  expect(await world.process(10)).toBe(0);
  expect(world.deferred).toHaveLength(10);
});

test('stays closed while fewer fail', async () => {
  const world = new BankWorld();
  const instance = world.instance();
  await world.process(7, instance);
  world.bank = 'fails';
  await world.process(6, instance);
  expect(world.circuit()).toMatchObject({ state: 'closed' });
  await world.process(1, instance);
  expect(world.circuit()).toMatchObject({ state: 'open' });
});

test('concludes nothing from a few calls, nor from calls of long ago', async () => {
  const world = new BankWorld();
  const instance = world.instance();
  world.bank = 'fails';
  await world.process(3, instance);
  world.wait(70);
  await world.process(3, instance);
  expect(world.circuit()).toMatchObject({ state: 'closed' });
});

test.each<Behaviour>(['breaks', 'refuses'])('does not take it for an outage when the handler %s', async (bank) => {
  const world = new BankWorld();
  world.bank = bank;
  await world.process(20);
  expect(world.circuit()).toBeUndefined();
});

test('does not take the outage of something else for its own', async () => {
  const world = await outage([circuitBreaker('post-office', { minimumCalls: 4 })]);
  expect(world.circuit()).toBeUndefined();
});

test('all instances add up what they see, and all stop', async () => {
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

test('instances that succeed say so as soon as one fails', async () => {
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

test('a message that waits uses up no attempt', async () => {
  const world = await outage();
  const last = asked('last', { receives: 3, attemptsBefore: 1 });
  expect(await world.run(world.handler, [last])).toEqual([]);
  expect(world.parked).toEqual([]);
  expect(world.deferred).toEqual([{ message: last, seconds: expect.any(Number), attributes: { attemptsBefore: '3' } }]);
});

test('messages that wait come back spread over time, after the next probe', async () => {
  const world = await outage();
  for (world.random of [0, 0.5, 0.999]) await world.process(1);
  expect(world.deferred.map(({ seconds }) => seconds)).toEqual([30, 45, 60]);
});

test('they are spread over as long as the circuit pauses by now, those included that come while one probes', async () => {
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
  let answer = () => {};
  world.hangs = new Promise((resolve) => {
    answer = resolve;
  });
  world.deferred.length = 0;
  const both = world.process(2);
  await new Promise(setImmediate);
  expect(world.deferred.map(({ seconds }) => seconds)).toEqual([120]);
  answer();
  await both;
});

test('one message alone probes, in a batch and across instances', async () => {
  const world = await outage();
  world.wait(31);
  let answer = () => {};
  world.hangs = new Promise((resolve) => {
    answer = resolve;
  });
  const [first, second] = [world.process(10), world.process(10)];
  await new Promise(setImmediate);
  expect(world.calls).toBe(4 + 1);
  answer();
  await Promise.all([first, second]);
  expect(world.deferred).toHaveLength(20);
  expect(world.circuit()).toMatchObject({ state: 'open', failedProbes: 1 });
});

test('closes when the probe gets through', async () => {
  const world = await outage();
  const other = world.instance();
  expect(await world.process(1, other)).toBe(0);
  world.wait(31);
  world.bank = 'works';
  expect(await world.process(1)).toBe(1);
  expect(world.circuit()).toMatchObject({ state: 'closed', changes: 2 });
  expect(await world.process(10, other)).toBe(10);
});

test('waits twice as long after each probe that fails, up to a limit, and a probe uses up no attempt', async () => {
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

test('leaves the dependency alone for as long as it asks', async () => {
  const world = new BankWorld();
  world.bank = 'fails';
  const asking = consume(Asked, () => {
    throw new DependencyError('bank', 'busy', 100);
  }, [breaker()]);
  await world.run(
    asking,
    ['a', 'b', 'c', 'd'].map((id) => asked(id)),
  );
  expect(world.circuit()?.probeAt).toBe(world.now + 100_000);
});

test('a probe that says nothing about the dependency lets the next message try', async () => {
  const world = await outage();
  world.wait(31);
  world.bank = 'breaks';
  expect(await world.process(1)).toBe(1);
  expect(world.circuit()).toMatchObject({ state: 'open', failedProbes: 0 });
  world.bank = 'works';
  expect(await world.process(1)).toBe(1);
  expect(world.circuit()).toMatchObject({ state: 'closed' });
});

test('a probe whose function died does not block the others for ever', async () => {
  const world = await outage();
  world.wait(31);
  world.hangs = new Promise(() => {});
  void world.process(1);
  await new Promise(setImmediate);
  world.hangs = undefined;
  world.bank = 'works';
  world.wait(59);
  expect(await world.process(1)).toBe(0);
  world.wait(1);
  expect(await world.process(1)).toBe(1);
  expect(world.circuit()).toMatchObject({ state: 'closed' });
});

test('a probe that was taken for lost has no say any more', async () => {
  const world = await outage();
  world.wait(31);
  let answer = () => {};
  world.hangs = new Promise((resolve) => {
    answer = resolve;
  });
  const lost = world.process(1);
  await new Promise(setImmediate);
  world.hangs = undefined;
  world.bank = 'works';
  world.wait(60);
  await world.process(1);
  answer();
  await lost;
  expect(world.circuit()).toMatchObject({ state: 'closed', changes: 2 });
});

test('each change is one event, committed with the state, and caused by the message that brought it about', async () => {
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

test('a change whose commit seems to fail but was done is told once', async () => {
  const world = new BankWorld();
  world.bank = 'fails';
  const instance = world.instance({
    transact: async (writes) => {
      await world.store.transact(writes);
      if (writes.length > 1) throw new Error('the answer was lost');
    },
  });
  await world.process(4, instance);
  await world.process(4, instance);
  world.wait(5);
  await world.process(4, instance);
  expect(world.circuit()).toMatchObject({ state: 'open', changes: 1 });
  expect(world.changes()).toEqual(['BankLost']);
});

test('stays open over a deployment', async () => {
  const world = await outage();
  const deployed = new BankWorld([breaker()]);
  Object.assign(deployed, { store: world.store });
  expect(await deployed.process(10)).toBe(0);
});

test('works as if closed when the table cannot be had, and says so', async () => {
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

test('counts the messages that wait, for the alarm', async () => {
  const world = await outage();
  await world.process(10);
  expect(world.counts.get('CircuitOpen of bank')).toBe(10);
});

test.each([{ failureRate: 0 }, { failureRate: 1.1 }, { minimumCalls: 0 }])('refuses %o', (options) => {
  expect(() => circuitBreaker('bank', options)).toThrow('bank');
});
