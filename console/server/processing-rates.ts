const RATE_SECONDS = 10;

/**
 * The messages that subscribers process in a second. The journal shows events late, so a rate is that of the latest ten seconds of
 * which it has all events.
 */
export class ProcessingRates {
  #recent: { readonly at: number; readonly subscriber: string }[] = [];

  /** @param lateSeconds seconds for which events wait until the journal writes them */
  constructor(private readonly lateSeconds: number) {}

  /** Counts a processed message. @param at milliseconds since 1970 */
  count(subscriber: string, at: number): void {
    this.#recent.push({ at, subscriber });
  }

  /** Returns the rates of the subscribers that have one. @param now milliseconds since 1970 */
  at(now: number): ReadonlyMap<string, number> {
    const until = now - this.lateSeconds * 1_000;
    this.#recent = this.#recent.filter(({ at }) => at >= until - RATE_SECONDS * 1_000);
    const rates = new Map<string, number>();
    for (const { at, subscriber } of this.#recent)
      if (at <= until) rates.set(subscriber, (rates.get(subscriber) ?? 0) + 1 / RATE_SECONDS);
    return rates;
  }
}
