import type { Conditions } from './conditions';
import type { FaultKind } from './faults';
import type { Roll } from './random';

/** Faults that every call can have. */
const anywhere: readonly FaultKind[] = [
  'crash before',
  'crash after',
  'unreachable',
  'done but no answer',
  'slow answer',
  'takes effect late',
];

/** The numbers of a step's roll, by their use. Number 0 picks the fault. */
const WAY_THERE = 1;
const WAY_BACK = 2;

/** The longest delay of a request after its caller's timeout, in milliseconds. */
const LATE_MILLISECONDS = 60_000;

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
    conditions.time.after(timeoutSeconds * 1_000, () => this.die());
  }

  /** Runs the function until it returns, throws or crashes. */
  run<T>(work: () => Promise<T>, done: (result: T) => void, failed: (error: unknown) => void): void {
    const finish = (action: () => void) => {
      if (!this.alive) return;
      this.alive = false;
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
    const { time, chance, faults } = this.conditions;
    const step = `${this.name} ${name}`;
    const roll = chance.roll(step);
    return new Promise<T>((resolve, reject) => {
      time.after(roll.number(WAY_THERE) * 20, () => {
        if (!this.alive) return;
        const fault = faults.fall(step, roll, kinds.length > 0 ? [...anywhere, ...kinds] : anywhere);
        if (fault === 'crash before') return this.die();
        if (fault === 'unreachable') return reject(new Unreachable('no connection'));
        if (fault === 'takes effect late') {
          // The request arrives after the caller's timeout.
          time.after(roll.number(WAY_BACK) * LATE_MILLISECONDS, () => void attempt(effect));
          return reject(new Unreachable('no answer yet'));
        }
        const refusal = fault && refuse(fault);
        if (refusal) return reject(refusal);
        this.finish(roll, fault, effect, resolve, reject);
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

  private async finish<T>(
    roll: Roll,
    fault: FaultKind | undefined,
    effect: () => Promise<T> | T,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
  ): Promise<void> {
    let answer: () => void;
    try {
      const value = await effect();
      answer = () => resolve(value);
    } catch (error) {
      answer = () => reject(error);
    }
    if (fault === 'crash after') return this.die();
    if (fault === 'done but no answer') answer = () => reject(new Unreachable('no answer'));
    const { time } = this.conditions;
    const wayBack = roll.number(WAY_BACK) * (fault === 'slow answer' ? 60_000 : 20);
    time.after(wayBack, () => this.alive && answer());
  }

  private die(): void {
    if (!this.alive) return;
    this.alive = false;
    this.onDeath();
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
