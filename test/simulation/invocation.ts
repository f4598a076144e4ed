import type { FaultKind } from './faults';
import type { Roll } from './random';
import type { World } from './world';

/** What any call may suffer. */
const anywhere: readonly FaultKind[] = [
  'crash before',
  'crash after',
  'unreachable',
  'done but no answer',
  'slow answer',
];

/** The numbers of a step's roll beside the first, which says what goes wrong. */
const WAY_THERE = 1;
const WAY_BACK = 2;

/** A call that was made and not answered, or answered with nothing done. */
export class Unreachable extends Error {
  override readonly name = 'TimeoutError';
}

/**
 * One run of a function: a process that may die at any of its steps. Whatever a dead process was waiting for never comes,
 * and nobody hears of it: its messages become visible again when their time has come.
 */
export class Invocation {
  private alive = true;

  /** @param name who runs, in the names of its steps */
  constructor(
    private readonly world: World,
    readonly name: string,
    private readonly onDeath: () => void,
    timeoutSeconds: number,
  ) {
    world.time.after(timeoutSeconds * 1_000, () => this.die());
  }

  /** Runs to its end or its death. */
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
   * One call to the outside: takes time before and after it has its effect, and may go wrong in each of the ways that are
   * possible for it.
   *
   * @param refuse turns a fault that only this call can have into what the caller sees of it
   */
  step<T>(
    name: string,
    effect: () => Promise<T> | T,
    kinds: readonly FaultKind[] = [],
    refuse: (kind: FaultKind) => unknown = () => undefined,
  ): Promise<T> {
    const { time, chance, faults } = this.world;
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
      this.world.time.after(milliseconds, () => this.alive && wake());
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
    const { time } = this.world;
    const wayBack = roll.number(WAY_BACK) * (fault === 'slow answer' ? 60_000 : 20);
    time.after(wayBack, () => this.alive && answer());
  }

  private die(): void {
    if (!this.alive) return;
    this.alive = false;
    this.onDeath();
  }
}
