import { holds, type Process } from './process';

/**
 * Draws a process as a Mermaid state diagram, with every change of status that is possible if no event overtakes another. Tries
 * every possible arrival in every set of facts that can be reached.
 *
 * @param process made by {@link defineProcess}
 * @param start the status before the first arrival, drawn as `[*]`
 */
export function drawProcess<Arrival extends string, Decision extends string, Status extends string>(
  { definition, decide, status }: Process<Arrival, Decision, Status, string>,
  start: Status,
): string {
  const { arrivals, statuses } = definition;
  const edges = new Map<string, Set<Arrival>>();
  const seen = new Set<string>();
  const open: ReadonlySet<Arrival | Decision>[] = [new Set()];
  const nameOf = (one: Status) => (one === start ? '[*]' : one);
  for (let facts = open.pop(); facts; facts = open.pop()) {
    const key = [...facts].sort().join();
    if (seen.has(key)) continue;
    seen.add(key);
    for (const arrival of Object.keys(arrivals) as Arrival[]) {
      if (facts.has(arrival) || !holds<Arrival | Decision>(arrivals[arrival], facts)) continue;
      const after = new Set<Arrival | Decision>([...facts, arrival]);
      for (const decision of decide(after)) after.add(decision);
      open.push(after);
      const [from, to] = [status(facts), status(after)];
      if (from === to) continue;
      const edge = `${nameOf(from)} --> ${to}`;
      edges.set(edge, (edges.get(edge) ?? new Set()).add(arrival));
    }
  }
  const lines = [...edges].map(([edge, labels]) => `    ${edge} : ${[...labels].sort().join(', ')}`).sort();
  const ends = statuses.flatMap((rule) => (rule.final ? [rule.status] : rule.whenDone ? [rule.whenDone] : []));
  return ['stateDiagram-v2', ...lines, ...ends.map((end) => `    ${end} --> [*]`)].join('\n');
}
