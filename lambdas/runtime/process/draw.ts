import { holds, type Process } from './process';

/**
 * Draws a process as a Mermaid state diagram, with every change of status that is possible if no event overtakes another.
 *
 * @param process made by {@link defineProcess}
 * @param start the status before the first arrival, drawn as `[*]`
 */
export function drawProcess<Arrival extends string, Decision extends string, Status extends string>(
  process: Process<Arrival, Decision, Status, string>,
  start: Status,
): string {
  const { definition, status } = process;
  const edges = new Map<string, Set<Arrival>>();
  const nameOf = (one: Status) => (one === start ? '[*]' : one);
  for (const { arrival, before, after } of transitionsOf(process)) {
    const [from, to] = [status(before), status(after)];
    if (from === to) continue;
    const edge = `${nameOf(from)} --> ${to}`;
    edges.set(edge, (edges.get(edge) ?? new Set()).add(arrival));
  }
  const lines = [...edges].map(([edge, labels]) => `    ${edge} : ${[...labels].sort().join(', ')}`).sort();
  const ends = definition.statuses.flatMap((rule) =>
    rule.final ? [rule.status] : rule.whenDone ? [rule.whenDone] : [],
  );
  return ['stateDiagram-v2', ...lines, ...ends.map((end) => `    ${end} --> [*]`)].join('\n');
}

/** An arrival, and the facts before it and after the decisions that follow. */
export interface Transition<Arrival extends string, Decision extends string> {
  readonly arrival: Arrival;
  readonly before: ReadonlySet<Arrival | Decision>;
  readonly after: ReadonlySet<Arrival | Decision>;
}

/** Yields every possible arrival in every set of facts that can be reached if no event overtakes another. */
export function* transitionsOf<Arrival extends string, Decision extends string>({
  definition: { arrivals },
  decide,
}: Pick<Process<Arrival, Decision>, 'definition' | 'decide'>): Generator<Transition<Arrival, Decision>> {
  const seen = new Set<string>();
  const open: ReadonlySet<Arrival | Decision>[] = [new Set()];
  for (let before = open.pop(); before; before = open.pop()) {
    const key = [...before].sort().join();
    if (seen.has(key)) continue;
    seen.add(key);
    for (const arrival of Object.keys(arrivals) as Arrival[]) {
      if (before.has(arrival) || !holds<Arrival | Decision>(arrivals[arrival], before)) continue;
      const after = new Set<Arrival | Decision>([...before, arrival]);
      for (const decision of decide(after)) after.add(decision);
      open.push(after);
      yield { arrival, before, after };
    }
  }
}
