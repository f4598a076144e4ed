import type { Process } from './process';

/** The state of one instance of a process: its facts, each with the time at which it was first known (ISO 8601, UTC). */
export type FactTimes<Fact extends string> = Readonly<Partial<Record<Fact, string>>>;

/** Returns the facts without their times. */
export function factsOf<Fact extends string>(times: FactTimes<Fact>): Set<Fact> {
  return new Set(Object.keys(times) as Fact[]);
}

/** Returns the state with facts added. A fact that is known already keeps its time. */
export function withFacts<Fact extends string>(
  times: FactTimes<Fact>,
  added: readonly Fact[],
  at: string,
): FactTimes<Fact> {
  const news: Partial<Record<Fact, string>> = {};
  for (const fact of added) news[fact] = at;
  return { ...news, ...times };
}

/** The times of one {@link advance}. */
export interface Clock {
  /** The time of the arrivals. ISO 8601, UTC. */
  readonly at: string;
  /** The time of the decisions. ISO 8601, UTC. */
  readonly now: string;
}

/** The result of {@link advance}. */
export interface Advance<Arrival extends string, Decision extends string> {
  /** The new state. */
  readonly facts: FactTimes<Arrival | Decision>;
  /** The decisions to publish, in the order in which they were taken. */
  readonly decisions: readonly Decision[];
}

/**
 * Adds arrivals to the state of a process, and takes the decisions that follow.
 *
 * @example
 * const { facts, decisions } = advance(visit, {}, ['Booked', 'Paid'], {
 *   at: '2026-01-01T10:00:00.000Z',
 *   now: new Date().toISOString(),
 * });
 *
 * @param process made by {@link defineProcess}
 * @param times the state before
 * @param arrivals the facts that have arrived
 * @param clock the times of the arrivals and of the decisions
 * @returns the new state, and the decisions to publish
 */
export function advance<Arrival extends string, Decision extends string>(
  process: Pick<Process<Arrival, Decision>, 'decide'>,
  times: FactTimes<Arrival | Decision>,
  arrivals: readonly Arrival[],
  { at, now }: Clock,
): Advance<Arrival, Decision> {
  const known = withFacts<Arrival | Decision>(times, arrivals, at);
  const decisions = process.decide(factsOf(known));
  return { facts: withFacts<Arrival | Decision>(known, decisions, now), decisions };
}
