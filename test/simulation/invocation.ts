import type { Conditions } from './conditions';
import type { FaultKind } from './faults';
import type { Roll } from './random';

/** The faults that any call can have. */
const anywhere: readonly FaultKind[] = [
  'crash before',
  'crash after',
  'unreachable',
  'done but no answer',
  'slow answer',
];

/** Which number of a step's roll says what. The first one, 0, picks the fault. */
const WAY_THERE = 1;
const WAY_BACK = 2;

/** The error of a call without an answer. Its effect may have happened. */
export class Unreachable extends Error {
  override readonly name = 'TimeoutError';
}

/**
 * One invocation of a function: a process that can crash at any of its steps. After a crash nothing that it awaits resolves, and
 * its messages become visible again when their visibility timeout ends.
 */
export class Invocation {
  private alive = true;

  /**
   * @param name the function, as part of the names of its steps
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

  /** Runs the function to its end, its error or its crash. */
  run<T>(work: () => Promise<T>, done: (result: T) => void, failed: (error: unknown) => void): void {
    const settle = (action: () => void) => {
      if (!this.alive) return;
      this.alive = false;
      action();
    };
    work().then(
      (result) => settle(() => done(result)),
      (error) => settle(() => failed(error)),
    );
  }

  /**
   * One call to a service: it takes time before and after its effect, and can have any fault that is possible for it.
   *
   * @param kinds faults that only this call can have
   * @param refuse turns one of those into the error that the caller sees
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
        const refusal = fault && refuse(fault);
        if (refusal) return reject(refusal);
        this.finish(roll, fault, effect, resolve, reject);
      });
    });
  }

  /** Waits, in milliseconds. */
  sleep(milliseconds: number): Promise<void> {
    return new Promise((wake) => {
      this.conditions.time.after(milliseconds, () => this.alive && wake());
    });
  }

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
