import { type Arrival, arrivals, decide, type Fact, holds, type Status, status } from './order-process';

/**
 * The order process as a Mermaid state diagram: every way that leads from one status to another when nothing overtakes
 * anything. Read off the process by trying every arrival in every state that can be reached.
 */
export function drawProcess(): string {
  const edges = new Map<string, Set<Arrival>>();
  const seen = new Set<string>();
  const open: ReadonlySet<Fact>[] = [new Set()];
  for (let facts = open.pop(); facts; facts = open.pop()) {
    const key = [...facts].sort().join();
    if (seen.has(key)) continue;
    seen.add(key);
    for (const arrival of Object.keys(arrivals) as Arrival[]) {
      if (facts.has(arrival) || !holds(arrivals[arrival], facts)) continue;
      const after = new Set([...facts, arrival]);
      for (const decision of decide(after)) after.add(decision);
      open.push(after);
      addEdge(edges, status(facts), status(after), arrival);
    }
  }
  const lines = [...edges].map(([edge, labels]) => `    ${edge} : ${[...labels].sort().join(', ')}`).sort();
  const ends = ['completed', 'cancelled'].map((end) => `    ${end} --> [*]`);
  return ['stateDiagram-v2', ...lines, ...ends].join('\n');
}

function addEdge(edges: Map<string, Set<Arrival>>, from: Status, to: Status, label: Arrival): void {
  if (from === to) return;
  const edge = `${from === 'unknown' ? '[*]' : from} --> ${to}`;
  edges.set(edge, (edges.get(edge) ?? new Set()).add(label));
}
