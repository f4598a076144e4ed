import { inParallel } from '../../../cli/parallel';

describe('parallel work', () => {
  it('runs at most as many calls at a time as allowed, and all of them', async () => {
    let [running, most] = [0, 0];
    const done: number[] = [];
    await inParallel(3, [1, 2, 3, 4, 5, 6, 7], async (item) => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
      done.push(item);
    });
    expect(most).toBe(3);
    expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('starts no call after a failure', async () => {
    const started: number[] = [];
    const work = async (item: number) => {
      started.push(item);
      await new Promise(setImmediate);
      if (item === 1) throw new Error('no');
    };
    await expect(inParallel(2, [1, 2, 3, 4, 5, 6], work)).rejects.toThrow('no');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(started.length).toBeLessThanOrEqual(3);
  });
});
