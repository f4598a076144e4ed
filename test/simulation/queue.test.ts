import { Faults } from './faults';
import { SimulatedQueue } from './queue';
import { Chance } from './random';
import { VirtualTime } from './virtual-time';

const SECOND = 1_000;
const SETTINGS = { attempts: 8, batchSize: 10, maxConcurrency: 10, timeoutSeconds: 30, visibilitySeconds: 180 };

/** Sends messages one second apart. @returns the sizes of the batches in which they are received */
async function batches(seed: number, windowSeconds?: number): Promise<number[]> {
  const [time, chance] = [new VirtualTime(new Date('2026-01-01')), new Chance(seed)];
  const conditions = { time, chance, faults: new Faults(chance, time, { exactly: new Set() }) };
  const sizes: number[] = [];
  const handler = async (batch: readonly object[]) => {
    sizes.push(batch.length);
    return [];
  };
  const queue = new SimulatedQueue(conditions, 'consumer', { ...SETTINGS, windowSeconds }, handler, () => {});
  for (let second = 0; second < 10; second++) time.after(second * SECOND, () => queue.send(`message ${second}`));
  await time.run();
  return sizes;
}

it('receives messages at once without a batching window', async () => {
  expect(await batches(1)).toEqual(Array(10).fill(1));
});

it('lets messages wait for others in a batching window', async () => {
  const sizes = await batches(1, 20);
  expect(sizes.length).toBeLessThan(6);
  expect(sizes.reduce((sum, size) => sum + size)).toBe(10);
});
