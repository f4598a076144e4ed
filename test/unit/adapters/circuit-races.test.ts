import fc from 'fast-check';
import type { Circuit } from '../../../lambdas/runtime/adapters/circuit';
import { circuitBreaker } from '../../../lambdas/runtime/adapters/circuit-breaker';
import { consume } from '../../../lambdas/runtime/consume/consume';
import { DependencyError } from '../../../lambdas/runtime/errors';
import { asked } from '../../support/batch-world';
import { AdapterWorld, type Instance } from './adapter-world';
import { askBank, events } from './bank-world';

const OPEN: Circuit = { state: 'open', changes: 1, changedAt: 0, calls: [], failedProbes: 0, probeAt: 0 };

/** An instance whose reads and writes run in any order that the scheduler chooses. */
function scheduled(world: AdapterWorld, scheduler: fc.Scheduler, name: string): Instance {
  return world.instance({
    load: async (refs) => {
      await scheduler.schedule(Promise.resolve(), `${name} reads`);
      return world.store.load(refs);
    },
    transact: async (writes) => {
      await scheduler.schedule(Promise.resolve(), `${name} writes`);
      await world.store.transact(writes);
    },
  });
}

async function race(scheduler: fc.Scheduler, world: AdapterWorld, call: () => Promise<void>, instances = 3) {
  const running = Array.from({ length: instances }, (_, index) => {
    // Each instance has its own adapters, as on AWS.
    const handler = consume(askBank, call, [circuitBreaker('bank', { minimumCalls: 2, events })]);
    const batch = [asked(`a-${index}`), asked(`b-${index}`)];
    return world.run(handler, batch, scheduled(world, scheduler, `instance ${index}`));
  });
  await scheduler.waitFor(Promise.all(running));
}

function circuitIn(world: AdapterWorld): Circuit | undefined {
  return world.store.items<Circuit>('dependencies')[0];
}

test('opens a circuit once, with one event, in every interleaving of instances', async () => {
  const tried = fc.asyncProperty(fc.scheduler(), async (scheduler) => {
    const world = new AdapterWorld();
    await race(scheduler, world, async () => {
      throw new DependencyError('bank', 'it is closed');
    });
    expect(circuitIn(world)).toMatchObject({ state: 'open', changes: 1 });
    expect(world.published().map(({ name }) => name)).toEqual(['BankLost']);
  });
  await fc.assert(tried, { numRuns: 200 });
});

test('probes with one message at a time and closes once, in every interleaving of instances', async () => {
  const tried = fc.asyncProperty(fc.scheduler(), fc.boolean(), async (scheduler, works) => {
    const world = new AdapterWorld();
    const ref = { table: 'dependencies', key: { dependency: 'circuit#bank' } };
    await world.store.transact([{ kind: 'put', ref, item: { ...OPEN, ...ref.key }, expected: 'absent' }]);
    let probing = 0;
    let most = 0;
    await race(scheduler, world, async () => {
      // A call after the circuit has closed is no probe.
      if (circuitIn(world)?.state === 'open') most = Math.max(most, ++probing);
      await scheduler.schedule(Promise.resolve(), 'the bank answers');
      probing--;
      if (!works) throw new DependencyError('bank', 'it is closed');
    });
    expect(most).toBe(1);
    expect(circuitIn(world)).toMatchObject(works ? { state: 'closed', changes: 2 } : { state: 'open', changes: 1 });
    expect(world.published().map(({ name }) => name)).toEqual(works ? ['BankRegained'] : []);
  });
  await fc.assert(tried, { numRuns: 200 });
});
