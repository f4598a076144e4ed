import type { SimulatedSchedule } from '../../sample/simulation/system';
import type { World } from './world';

const FUNCTION_SECONDS = 30;

/** A schedule: runs its function again and again, whether or not the last run is over. */
export class SimulatedClock {
  private ticking = false;

  constructor(
    private readonly world: World,
    private readonly schedule: SimulatedSchedule,
  ) {}

  /** Goes on for as long as there is anything to look for. */
  wind(): void {
    if (this.ticking) return;
    this.ticking = true;
    this.world.time.after(this.schedule.everySeconds * 1_000, () => this.tick());
  }

  private tick(): void {
    const { world } = this;
    const { service, name, handler, isNeeded } = this.schedule;
    this.ticking = false;
    if (!isNeeded(world.services)) return;
    this.wind();
    // The scheduler does not care what becomes of it: the next run does what this one could not.
    const whatever = () => {};
    const invocation = world.invoke(name, FUNCTION_SECONDS, whatever);
    const runtime = world.runtime(service, name, invocation);
    invocation.run(() => handler.run({}, runtime), whatever, whatever);
  }
}
