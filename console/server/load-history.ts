import type { LoadPoint } from '../api';

const SECONDS = 600;

/** The load of the last ten minutes, by the second: events by the times in them, queues by when they were read. */
export class LoadHistory {
  /** Second since 1970 → its point. */
  readonly #points = new Map<number, { -readonly [Key in keyof LoadPoint]: LoadPoint[Key] }>();

  /** Counts an event that was published, or processed by a subscriber. @param at milliseconds since 1970 */
  count(what: 'arrived' | 'processed', at: number): void {
    this.#at(at)[what]++;
  }

  /** Adds a reading of the queues. @param at milliseconds since 1970 */
  add({ depth, inFlight }: Required<Pick<LoadPoint, 'depth' | 'inFlight'>>, at: number): void {
    Object.assign(this.#at(at), { depth, inFlight });
  }

  /** Returns a point for each second with its whole second behind it, oldest first. */
  points(now: number): LoadPoint[] {
    const last = secondOf(now);
    for (const second of this.#points.keys()) if (second <= last - SECONDS) this.#points.delete(second);
    const first = Math.min(...this.#points.keys(), last);
    return Array.from({ length: last - first }, (_, index) => {
      const at = first + index;
      return this.#points.get(at) ?? { at, arrived: 0, processed: 0 };
    });
  }

  #at(milliseconds: number) {
    const at = secondOf(milliseconds);
    const point = this.#points.get(at) ?? { at, arrived: 0, processed: 0 };
    this.#points.set(at, point);
    return point;
  }
}

function secondOf(milliseconds: number): number {
  return Math.floor(milliseconds / 1_000);
}
