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

/**
 * Adds arrivals, takes the decisions that follow, and adds them too.
 *
 * @example
 * const { facts, decisions } = advance(visit, before.facts, ['Paid'], { at: event.metadata.occurredAt, now });
 *
 * @param at the time of the arrivals, ISO 8601, UTC
 * @param now the time of the decisions, ISO 8601, UTC
 * @returns the new state, and the decisions to publish
 */
export function advance<Arrival extends string, Decision extends string>(
  process: Pick<Process<Arrival, Decision>, 'decide'>,
  times: FactTimes<Arrival | Decision>,
  arrivals: readonly Arrival[],
  { at, now }: { readonly at: string; readonly now: string },
): { readonly facts: FactTimes<Arrival | Decision>; readonly decisions: readonly Decision[] } {
  const known = withFacts<Arrival | Decision>(times, arrivals, at);
  const decisions = process.decide(factsOf(known));
  return { facts: withFacts<Arrival | Decision>(known, decisions, now), decisions };
}
