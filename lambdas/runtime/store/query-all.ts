import type { Item, Query, Store } from './store';

const PAGE_SIZE = 100;
/** Sorts before every character of an `Identifier`. */
const NEXT = '!';

/**
 * Queries an index to its end: DynamoDB cuts a page at 1 MB, so only an empty one is the last (API reference, Query). Each item must
 * have its own sort key.
 *
 * @param most stops when there are more items than this. The caller decides what that means
 */
export async function queryAll(
  store: Pick<Store, 'query'>,
  { sort, ...query }: Omit<Query, 'limit'>,
  most: number,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (let from = sort.from ?? ' '; items.length <= most; ) {
    const page = await store.query({ ...query, sort: { ...sort, from }, limit: PAGE_SIZE });
    if (page.length === 0) break;
    items.push(...page);
    from = `${(page.at(-1) as Readonly<Record<string, unknown>>)[sort.attribute]}${NEXT}`;
  }
  return items;
}
