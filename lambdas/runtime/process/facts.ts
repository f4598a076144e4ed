import type { Process } from './process';

/** The facts of one instance, each with the time since when it is known (ISO 8601, UTC): its whole state. */
export type FactTimes<Fact extends string> = Readonly<Partial<Record<Fact, string>>>;

/** The facts that are known. */
export function factsOf<Fact extends string>(times: FactTimes<Fact>): Set<Fact> {
  return new Set(Object.keys(times) as Fact[]);
}

/** The state with more facts. A fact that is known already keeps its time. */
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
 * Adds facts from outside, and the decisions that follow from them.
 *
 * @param at when the arrivals happened; the decisions are taken `now`
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
