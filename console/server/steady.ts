import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../../cli/failure';
import type { SteadyTraffic } from '../api';

const MAX_PER_SECOND = 100;
/** When the system accepts more slowly than the rate, the rate falls instead of requests piling up here. */
const MAX_AT_ONCE = 20;

/** Repeats one action at a steady rate until it is stopped. */
export class Steady {
  #running: { -readonly [Key in keyof SteadyTraffic]: SteadyTraffic[Key] } | undefined;
  #stop = new AbortController();

  /** @param end stops the traffic when the console ends */
  constructor(private readonly end: AbortSignal) {}

  get running(): SteadyTraffic | undefined {
    return this.#running && { ...this.#running };
  }

  /** Starts the traffic in place of any other. @throws UsageError when the rate is not between 0.1 and 100 */
  start(id: string, perSecond: number, run: () => Promise<void>): void {
    if (!(perSecond >= 0.1 && perSecond <= MAX_PER_SECOND))
      throw new UsageError(`The rate must be between 0.1 and ${MAX_PER_SECOND} per second.`);
    this.stop();
    this.#stop = new AbortController();
    const running = { id, perSecond, accepted: 0, refused: 0 };
    this.#running = running;
    void repeat(running, run, AbortSignal.any([this.end, this.#stop.signal]));
  }

  stop(): void {
    this.#stop.abort();
    this.#running = undefined;
  }
}

async function repeat(
  counts: { perSecond: number; accepted: number; refused: number },
  run: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let atOnce = 0;
  while (!signal.aborted) {
    if (atOnce < MAX_AT_ONCE) {
      atOnce++;
      run()
        .then(
          () => counts.accepted++,
          () => counts.refused++,
        )
        .finally(() => atOnce--);
    }
    await sleep(1_000 / counts.perSecond, undefined, { signal }).catch(() => {});
  }
}
