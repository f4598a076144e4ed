/** Yields every order of some items. Orders that differ only in equal items are yielded once. */
export function* permutations<T>(things: readonly T[]): Generator<T[]> {
  if (things.length === 0) yield [];
  for (const [index, first] of things.entries()) {
    if (things.indexOf(first) < index) continue;
    for (const rest of permutations(things.toSpliced(index, 1))) yield [first, ...rest];
  }
}

/** Returns the items, the items with each one twice, and the items with each pair twice. */
export function withDuplicates<T>(things: readonly T[]): T[][] {
  const once = things.map((twice) => [...things, twice]);
  const pairs = things.flatMap((one, index) => things.slice(index + 1).map((other) => [...things, one, other]));
  return [[...things], ...once, ...pairs];
}
