import type { Conditions } from './conditions';
import { Invocation } from './invocation';
import type { SimulatedSchedule } from './system';

/**
 * A schedule: invokes its function at a fixed rate, whether or not the last invocation has ended. Stops when it is not needed, and whoever
 * makes new work winds it again: nobody may do so if a relay has stopped, so each clock that goes on winds the others.
 */
export class SimulatedClock {
  private ticking = false;

  constructor(
    private readonly conditions: Conditions,
    private readonly schedule: SimulatedSchedule,
    private readonly run: (invocation: Invocation) => Promise<void>,
    private readonly windAll: () => void,
  ) {}

  /** Invokes the function for as long as the schedule is needed. */
  wind(): void {
    if (this.ticking) return;
    this.ticking = true;
    this.conditions.time.after(this.schedule.everySeconds * 1_000, () => this.tick());
  }

  private tick(): void {
    const { chance, faults, time } = this.conditions;
    const { name, everySeconds } = this.schedule;
    this.ticking = false;
    if (!this.schedule.isNeeded()) return;
    this.windAll();
    const fault = faults.at(name, ['schedule late', 'schedule twice']);
    const delay = fault === 'schedule late' ? chance.number(`${name} late`) * 2 * everySeconds * 1_000 : 0;
    time.after(delay, () => this.invoke());
    if (fault === 'schedule twice') time.after(delay, () => this.invoke());
  }

  private invoke(): void {
    const { name, timeoutSeconds } = this.schedule;
    // The scheduler ignores the outcome, because the next invocation repeats the work.
    const ignore = () => {};
    const invocation = new Invocation(this.conditions, name, ignore, timeoutSeconds);
    invocation.run(() => this.run(invocation), ignore, ignore);
  }
}
