import type { Adapter, Delivery } from '../delivery';
import { DeferredError } from '../errors';
import { count, metricNames } from '../metrics';
import { TransactionCancelled } from '../store/store';
import { perInstance, reportUnknown } from './dependency';
import { type Grant, grant, MAX_WAIT, type Rate, type RatePolicy, unusedRate } from './rate';
import { SharedState } from './shared-state';

/** Options of {@link rateLimit}. */
export interface RateLimitOptions {
  /** Messages per second, by all functions of the service together. More than 0. */
  readonly unitsPerSecond: number;
  /** Messages that may be processed at once after a pause. At least 1. @default the messages of one second, at least 1 */
  readonly burst?: number;
}

/** After these tries the contention lasts, and deferring is cheaper. Delays in milliseconds. */
const CONTENTION = { tries: 5, base: 10, cap: 200 };
/** Messages whose slot is later than the longest delay of SQS return at random within the last third of that delay. */
const SPREAD_SHARE = 1 / 3;

/**
 * Limits how often the service calls a dependency, over all of its functions. Each message counts as one call. A message over the
 * limit is deferred until its slot and uses up no attempt.
 *
 * Messages of a batch share one read and one write of the service's table `dependencies`. If the table is unavailable, messages
 * are processed without the limit and an alarm reports it, because the dependency enforces a limit too.
 *
 * @example
 * export const handler = consume(collectPayment, handle, [
 *   rateLimit('payment-provider', { unitsPerSecond: 20, burst: 40 }),
 * ]);
 *
 * @param dependency the name that the subscription declares in `dependencies`
 * @param options the rate and the burst
 * @throws Error when an option is out of range
 */
export function rateLimit(dependency: string, options: RateLimitOptions): Adapter {
  const { unitsPerSecond, burst = Math.max(1, unitsPerSecond) } = options;
  if (!(unitsPerSecond > 0)) throw new Error(`${dependency}: unitsPerSecond must be above 0.`);
  if (!(burst >= 1)) throw new Error(`${dependency}: burst must be at least 1, or no message is ever processed.`);
  const limiterOf = perInstance(() => new Limiter(dependency, { unitsPerSecond, burst }));

  const adapter: Adapter = async (delivery, next) => {
    const wait = await limiterOf(delivery.runtime).take(delivery);
    if (wait === undefined) return next();
    const { runtime } = delivery;
    count(runtime, metricNames.rateExceeded, 1, { dependency });
    throw new DeferredError(`${dependency}: its rate limit of ${unitsPerSecond} per second is used up.`, wait);
  };
  return Object.assign(adapter, {
    prepare: (delivery: Delivery) => limiterOf(delivery.runtime).prepare(delivery),
    requires: { dependencies: [dependency], emits: [] },
  });
}

/** Resolves a waiting message: undefined to process it now, or its delay in seconds. */
type Answer = (wait: number | undefined) => void;

/** Collects the messages of one function instance that ask at the same time, and leases units for them together. */
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

  /** Starts to read the rate. */
  prepare(delivery: Delivery): void {
    this.shared.start(delivery);
  }

  /** @returns undefined to process the message now, or its delay in seconds */
  take(delivery: Delivery): Promise<number | undefined> {
    return new Promise((answer) => {
      this.asking.push(answer);
      if (!this.isAnswering) void this.answerAll(delivery);
    });
  }

  private async answerAll(delivery: Delivery): Promise<void> {
    this.isAnswering = true;
    // Messages of the same batch ask in the same tick: wait for all of them.
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

  /** @returns the result of {@link take} for each message. Never throws */
  private async answer(wanted: number, delivery: Delivery): Promise<(number | undefined)[]> {
    try {
      const { granted, waits } = await this.lease(wanted, delivery);
      return [...Array<undefined>(granted).fill(undefined), ...waits.map((wait) => this.seconds(wait, delivery))];
    } catch (error) {
      if (error instanceof TransactionCancelled) return this.shortDelays(wanted, delivery);
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

  /** The delays after lasting contention: deferring every message keeps the limit in any case. */
  private shortDelays(wanted: number, { runtime }: Delivery): number[] {
    const seconds = Math.max(1, wanted / this.policy.unitsPerSecond);
    return Array.from({ length: wanted }, () => Math.min(MAX_WAIT / 1_000, seconds * (1 + runtime.random())));
  }

  private seconds(milliseconds: number, { runtime }: Delivery): number {
    const wait = milliseconds <= MAX_WAIT ? milliseconds : MAX_WAIT * (1 - runtime.random() * SPREAD_SHARE);
    return wait / 1_000;
  }
}
