import type { ConsumerRuntime } from '../../lambdas/runtime/runtime';
import type { Write } from '../../lambdas/runtime/store/store';
import type { Sabotage, SimulatedSubscription } from './system';
import { serviceOf } from './world';

/** Sabotages of the core that every simulation must detect. Each removes one mechanism behind the guarantees. */
export const coreSabotages = {
  'a record is written even if it exists': changeWrites((write, current) =>
    isRecord(write) ? { ...write, kind: 'put', expected: current ?? 'absent' } : write,
  ),
  'an item is written even if it has changed': changeWrites((write, current) =>
    write.kind === 'put' && !isRecord(write) ? { ...write, expected: current ?? 'absent' } : write,
  ),
  'a number may fall below its floor': changeWrites((write) =>
    write.kind === 'adjust' ? { ...write, floor: undefined } : write,
  ),
  'events are published before the transaction': {
    runtime: (runtime, world, consumer) =>
      withTransact(runtime, (writes) => {
        world.services.publish(serviceOf(consumer), writes);
        return runtime.store.transact(writes);
      }),
  },
  'a message is acknowledged although its work failed': changeRun(({ run }) => async (...input) => {
    await run(...input);
    return { batchItemFailures: [] };
  }),
  'a dead letter is acknowledged and not stored': {
    runtime: (runtime) => ({ ...runtime, queue: { ...runtime.queue, park: async () => {} } }),
  },
  'an entry that the bus refused counts as published': {
    busAnswer: () => ({ kind: 'published' }),
  },
  'a batch of the stream is not read again after its relay crashed': { forgetfulStream: true },
} satisfies Readonly<Record<string, Sabotage>>;

/** A sabotage of one subscription's function. */
export function changeRun(change: (subscription: SimulatedSubscription) => SimulatedSubscription['run']): Sabotage {
  return { subscription: (subscription) => ({ ...subscription, run: change(subscription) }) };
}

/** Changes each write before the store applies it. `change` gets the stored version. */
function changeWrites(change: (write: Write, current: number | undefined) => Write): Sabotage {
  return {
    runtime: (runtime) =>
      withTransact(runtime, async (writes) => {
        const current = await runtime.store.load(writes.map(({ ref }) => ref));
        return runtime.store.transact(writes.map((write, index) => change(write, current[index]?.version)));
      }),
  };
}

function withTransact(
  runtime: ConsumerRuntime,
  transact: (writes: readonly Write[]) => Promise<void>,
): ConsumerRuntime {
  const { store } = runtime;
  return { ...runtime, store: { load: (refs) => store.load(refs), query: (query) => store.query(query), transact } };
}

function isRecord(write: Write): write is Write & { kind: 'create' } {
  return write.kind === 'create' && write.ref.table === 'records';
}
