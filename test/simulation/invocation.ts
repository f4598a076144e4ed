import type { Conditions } from './conditions';
import type { FaultKind } from './faults';
import type { Roll } from './random';
import type { Planned } from './virtual-time';

/** Faults that every call can have. */
const anywhere: readonly FaultKind[] = [
  'crash before',
  'crash after',
  'unreachable',
  'done but no answer',
  'slow answer',
  'takes effect late',
  'frozen',
];

/** The numbers of a step's roll, by their use. Number 0 picks the fault. */
const WAY_THERE = 1;
const WAY_BACK = 2;

/** The longest delay of a request after its caller's timeout, in milliseconds. */
const LATE_MILLISECONDS = 60_000;

/** The longest time for which a function instance is frozen, in milliseconds: longer than most visibility timeouts. */
const FROZEN_MILLISECONDS = 10 * 60_000;

/** A call got no response. Its effect may have happened. */
export class Unreachable extends Error {
  override readonly name = 'TimeoutError';
}

/** The calls of an invocation. */
export type Steps = Pick<Invocation, 'step'>;

/**
 * One invocation of a function, which can crash at any step. After a crash its promises never resolve, and its messages become
 * visible again when their visibility timeout ends.
 */
export class Invocation {
  private alive = true;
  /** The time of its timeout, in milliseconds since 1970. */
  private deadline: number;
  private timeout: Planned;

  /**
   * @param name the function's name, as part of the names of its steps
   * @param onDeath called when it crashes or times out
   */
  constructor(
    private readonly conditions: Conditions,
    readonly name: string,
    private readonly onDeath: () => void,
    timeoutSeconds: number,
  ) {
    this.deadline = conditions.time.now + timeoutSeconds * 1_000;
    this.timeout = this.planTimeout();
  }

  /** Runs the function until it returns, throws or crashes. */
  run<T>(work: () => Promise<T>, done: (result: T) => void, failed: (error: unknown) => void): void {
    const finish = (action: () => void) => {
      if (!this.alive) return;
      this.end();
      action();
    };
    work().then(
      (result) => finish(() => done(result)),
      (error) => finish(() => failed(error)),
    );
  }

  /**
   * Simulates one call to a service. It takes time before and after its effect, and can have any of the possible faults.
   *
   * @param kinds faults that only this call can have
   * @param refuse returns the caller's error for one of those faults
   */
  step<T>(
    name: string,
    effect: () => Promise<T> | T,
    kinds: readonly FaultKind[] = [],
    refuse: (kind: FaultKind) => unknown = () => undefined,
  ): Promise<T> {
    const { time, chance, faults, pace } = this.conditions;
    const step = `${this.name} ${name}`;
    const roll = chance.roll(step);
    const duration = pace?.call(this.name, name, roll);
    return new Promise<T>((resolve, reject) => {
      time.after(duration === undefined ? roll.number(WAY_THERE) * 20 : duration / 2, () => {
        if (!this.alive) return;
        const fault = faults.fall(step, roll, kinds.length > 0 ? [...anywhere, ...kinds] : anywhere);
        if (fault === 'crash before') return this.die();
        if (fault === 'unreachable') return reject(new Unreachable('no connection'));
        if (fault === 'frozen') {
          // Its messages are delivered to others, and then it continues as if nothing had happened: its timers stood still too.
          const pause = roll.number(WAY_BACK) * FROZEN_MILLISECONDS;
          this.deadline += pause;
          this.timeout.cancel();
          this.timeout = this.planTimeout();
          time.after(pause, () => this.alive && this.finish({ roll, fault, duration }, effect, resolve, reject));
          return;
        }
        if (fault === 'takes effect late') {
          // The request arrives after the caller's timeout.
          time.after(roll.number(WAY_BACK) * LATE_MILLISECONDS, () => void attempt(effect));
          return reject(new Unreachable('no answer yet'));
        }
        const refusal = fault && refuse(fault);
        if (refusal) return reject(refusal);
        this.finish({ roll, fault, duration }, effect, resolve, reject);
      });
    });
  }

  /** Waits for some milliseconds of virtual time. */
  sleep(milliseconds: number): Promise<void> {
    return new Promise((wake) => {
      this.conditions.time.after(milliseconds, () => this.alive && wake());
    });
  }

  /** Runs an action after all code that is ready to run. */
  readonly soon = (action: () => void): void => {
    this.conditions.time.after(0, () => this.alive && action());
  };

  private finish<T>(
    { roll, fault, duration }: { roll: Roll; fault: FaultKind | undefined; duration: number | undefined },
    effect: () => Promise<T> | T,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
  ): void {
    const answer = (respond: () => void) => {
      if (fault === 'crash after') return this.die();
      const { time } = this.conditions;
      const wayBack = roll.number(WAY_BACK) * (fault === 'slow answer' ? 60_000 : 20);
      const isLost = fault === 'done but no answer';
      time.after(duration === undefined ? wayBack : duration / 2, () => {
        if (!this.alive) return;
        if (isLost) reject(new Unreachable('no answer'));
        else respond();
      });
    };
    const failed = (error: unknown) => answer(() => reject(error));
    try {
      const value = effect();
      // Most effects end at once. Waiting for their promises would take much of a world's time.
      if (value instanceof Promise) value.then((awaited) => answer(() => resolve(awaited)), failed);
      else answer(() => resolve(value));
    } catch (error) {
      failed(error);
    }
  }

  private planTimeout(): Planned {
    const { time } = this.conditions;
    return time.after(this.deadline - time.now, () => this.die());
  }

  private die(): void {
    if (!this.alive) return;
    this.end();
    this.onDeath();
  }

  private end(): void {
    this.alive = false;
    this.timeout.cancel();
  }
}

/** Applies an effect whose outcome the caller does not get. */
async function attempt(effect: () => unknown): Promise<void> {
  try {
    await effect();
  } catch {
    // The service refused it.
  }
}
