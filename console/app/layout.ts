import { Graph, layout as place } from '@dagrejs/dagre';
import type { ConsoleService } from '../api';

const WIDTH = 240;
const HEAD = 52;
const ROW = 25;

/** Where each service's card stands: publishers left of their subscribers, as far as circles allow. */
export function layout(services: readonly ConsoleService[]): ReadonlyMap<string, { x: number; y: number }> {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 36, ranksep: 110, acyclicer: 'greedy' });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { service, functions } of services) {
    graph.setNode(service, { width: WIDTH, height: HEAD + functions.length * ROW });
  }
  for (const { service, functions } of services) {
    for (const owner of new Set(functions.flatMap(({ to }) => to.map((one) => one.split('.')[0] ?? '')))) {
      if (owner !== service && graph.hasNode(owner)) graph.setEdge(owner, service);
    }
  }
  place(graph);
  return new Map(
    services.map(({ service }) => {
      const { x = 0, y = 0, width = 0, height = 0 } = graph.node(service);
      return [service, { x: x - width / 2, y: y - height / 2 }];
    }),
  );
}
