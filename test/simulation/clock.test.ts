import { SimulatedClock } from './clock';
import { Faults } from './faults';
import { Chance } from './random';
import type { SimulatedSchedule } from './system';
import { VirtualTime } from './virtual-time';

describe('the clocks of a world', () => {
  it('run again after one was not needed for a while, as long as another goes on', async () => {
    const time = new VirtualTime(new Date(0));
    const chance = new Chance(1);
    const conditions = { time, chance, faults: new Faults(chance, time) };
    let isLeft = false;
    const clocks: SimulatedClock[] = [];
    const add = (name: string, everySeconds: number, run: () => void) => {
      const schedule = { name, everySeconds, timeoutSeconds: 1, isNeeded: () => isLeft } as SimulatedSchedule;
      clocks.push(new SimulatedClock(conditions, schedule, async () => run(), wind));
    };
    const wind = () => {
      for (const clock of clocks) clock.wind();
    };
    add('sweep', 60, () => {
      isLeft = false;
    });
    add('report', 3_600, () => {});
    wind();
    time.after(90_000, () => {
      isLeft = true;
    });
    expect(await time.run(1_000)).toBe(true);
    expect(isLeft).toBe(false);
  });
});
