import type { Adapter, Delivery } from '../delivery';
import { DeferredError } from '../errors';
import { count, metricNames } from '../metrics';
import { TransactionCancelled } from '../store/store';
import { perInstance, reportUnknown } from './dependency';
import { type Grant, grant, MAX_WAIT, type Rate, type RatePolicy, unusedRate } from './rate';
import { SharedState } from './shared-state';

export interface RateLimitOptions {
  readonly unitsPerSecond: number;
  /** Units that may be used at once after a rest. @default what one second allows, 1 at least */
  readonly burst?: number;
}

/** After these tries, so many instances want units at once that waiting is cheaper. Milliseconds. */
const CONTENTION = { tries: 5, base: 10, cap: 200 };
/** Who would have to wait for longer comes back some time in the last third of it, rather than with all others. */
const SPREAD_SHARE = 1 / 3;

/**
 * Calls a dependency no more often than it allows, however many functions of the service do so. Each message is one unit. What is
 * over the limit is deferred, without using up attempts, to come back when its turn is.
 *
 * All messages of a batch that ask at the same time are answered by one read and one write of the table that the service's
 * functions share. If it cannot be had, messages pass: the limit is a courtesy to the dependency, which has one of its own.
 */
export function rateLimit(dependency: string, options: RateLimitOptions): Adapter {
  const { unitsPerSecond, burst = Math.max(1, unitsPerSecond) } = options;
  if (!(unitsPerSecond > 0)) throw new Error(`${dependency}: unitsPerSecond must be above 0.`);
  if (!(burst >= 1)) throw new Error(`${dependency}: burst must be 1 at least, or nothing would ever pass.`);
  const limiterOf = perInstance(() => new Limiter(dependency, { unitsPerSecond, burst }));

  const adapter: Adapter = async (delivery, next) => {
    const wait = await limiterOf(delivery.runtime).take(delivery);
    if (wait === undefined) return next();
    const { runtime } = delivery;
    count(runtime, metricNames.rateExceeded, 1, { dependency });
    throw new DeferredError(`${dependency}: its rate of ${unitsPerSecond} a second is used up.`, wait);
  };
  return Object.assign(adapter, { requires: { dependencies: [dependency], emits: [] } });
}

/** One who waits for an answer: undefined to go on, or seconds to come back in. */
type Answer = (wait: number | undefined) => void;

/** One instance's share of a limit: pools the messages that ask at the same time. */
class Limiter {
  private readonly shared: SharedState<Rate>;
  private asking: Answer[] = [];
  private isAnswering = false;

  constructor(
    private readonly dependency: string,
    private readonly policy: RatePolicy,
  ) {
    this.shared = new SharedState('rate', dependency, unusedRate);
  }

  /** @returns undefined when the message may go on, else in how many seconds it comes back */
  take(delivery: Delivery): Promise<number | undefined> {
    return new Promise((answer) => {
      this.asking.push(answer);
      if (!this.isAnswering) void this.answerAll(delivery);
    });
  }

  private async answerAll(delivery: Delivery): Promise<void> {
    this.isAnswering = true;
    // Those of the same batch ask at the same moment: let them all in.
    await Promise.resolve();
    while (this.asking.length > 0) {
      const answers = this.asking;
      this.asking = [];
      const waits = await this.answer(answers.length, delivery);
      answers.forEach((answer, index) => {
        answer(waits[index]);
      });
    }
    this.isAnswering = false;
  }

  /** @returns for each who asked, as {@link take} does. Never throws */
  private async answer(wanted: number, delivery: Delivery): Promise<(number | undefined)[]> {
    try {
      const { granted, waits } = await this.lease(wanted, delivery);
      return [...Array<undefined>(granted).fill(undefined), ...waits.map((wait) => this.seconds(wait, delivery))];
    } catch (error) {
      if (error instanceof TransactionCancelled) return this.comeBackSoon(wanted, delivery);
      reportUnknown(this.dependency, error, delivery);
      return Array<undefined>(wanted).fill(undefined);
    }
  }

  private async lease(wanted: number, delivery: Delivery): Promise<Pick<Grant, 'granted' | 'waits'>> {
    let result: Grant | undefined;
    await this.shared.change(delivery, CONTENTION, (before) => {
      result = grant(before, wanted, this.policy, delivery.runtime.now().getTime());
      return result.rate;
    });
    return result ?? { granted: wanted, waits: [] };
  }

  /** The limit may be used up or not: others are faster. Waiting keeps it in any case. */
  private comeBackSoon(wanted: number, { runtime }: Delivery): number[] {
    const seconds = Math.max(1, wanted / this.policy.unitsPerSecond);
    return Array.from({ length: wanted }, () => Math.min(MAX_WAIT / 1_000, seconds * (1 + runtime.random())));
  }

  private seconds(milliseconds: number, { runtime }: Delivery): number {
    const wait = milliseconds <= MAX_WAIT ? milliseconds : MAX_WAIT * (1 - runtime.random() * SPREAD_SHARE);
    return wait / 1_000;
  }
}
