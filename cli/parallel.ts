/**
 * Calls `work` for all items in order, at most `concurrency` at a time. After the first failure, no further call starts.
 *
 * Not `p-map`: it is an ES module only, which Jest's CommonJS loader cannot require.
 */
export async function inParallel<Item>(
  concurrency: number,
  items: Iterable<Item>,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  let hasFailed = false;
  const worker = async () => {
    try {
      for (let next = queue.next(); !next.done && !hasFailed; next = queue.next()) await work(next.value);
    } catch (error) {
      hasFailed = true;
      throw error;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}
