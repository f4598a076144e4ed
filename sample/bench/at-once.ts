import type { Table } from '../../bench/report';
import type { SystemParts } from '../../test/simulation/system';
import { consume } from '../simulation/consumption';
import { sampleSource } from '../simulation/source';

/** Orders that are placed at the same moment. */
const SIZES = [1, 10, 100, 1_000, 10_000];

/** Counts in the simulation the units that one of several orders takes. */
export async function atOnceTable(): Promise<Table> {
  const { functions, ...source } = await sampleSource();
  const modules = await Promise.all(Object.entries(functions).map(async ([name, file]) => [name, await import(file)]));
  const parts: SystemParts = { ...source, modules: Object.fromEntries(modules) };
  const rows: Table['rows'][number][] = [];
  for (const size of SIZES) {
    const { flow, books } = await consume(parts, size);
    const units = [flow.write, flow.read, books.write, books.read].map((number) => number.toFixed(2));
    rows.push([size.toLocaleString('en'), ...units]);
  }
  return {
    id: 'at-once',
    head: [
      'orders at once',
      'write units of the flow',
      'read units of the flow',
      'write units of the books',
      'read units of the books',
    ],
    rows,
  };
}
