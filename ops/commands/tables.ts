import { Failure, UsageError } from '../../cli/failure';
import { wholeNumber } from '../../cli/options';
import { formatTable } from '../../cli/table';
import { printable } from '../../cli/text';
import { inspectTable, tablesOf } from '../../observe/tables';
import { defineCommand } from '../command';

export const tables = defineCommand({
  name: 'tables',
  summary: 'Lists the tables of all services.',
  options: {},
  examples: ['tables', 'tables --stage prod'],
  run: async (_, { deployment }) => {
    const all = tablesOf(deployment);
    const rows = all.map(({ name, table }) => [name, table]);
    return { text: formatTable(['table', 'physical name'], rows), json: { tables: all } };
  },
});

const DEFAULT_LIMIT = '20';

export const table = defineCommand({
  name: 'table',
  summary: 'Shows the items of a table: those with one key, or any.',
  details: 'Items can contain personal data: the tables hold what the services store, without redaction.',
  words: 'service.table [key]',
  options: { limit: { type: 'string', value: 'n', help: `Items to show, at most (${DEFAULT_LIMIT}).` } },
  examples: ['table inventory.stock', 'table orders.orders 01k2…'],
  run: async ({ values, words }, { deployment, note }) => {
    const [name, key, ...more] = words;
    if (name === undefined || more.length > 0)
      throw new UsageError('table needs <service>.<table>, and at most one key.');
    const limit = wholeNumber('--limit', values.limit ?? DEFAULT_LIMIT);
    const found = await inspectTable(deployment, name, { key, limit });
    if (key !== undefined && found.items.length === 0) throw new Failure(`${name} has no item with the key ${key}.`);
    if (found.hasMore) note(`There are more than ${limit} items: raise --limit, or name a key.`);
    const text = found.items.map((item) => printable(JSON.stringify(item, null, 2)).replaceAll('\\u000a', '\n'));
    return { text: text.length === 0 ? `${name} is empty.` : text.join('\n'), json: found };
  },
});
