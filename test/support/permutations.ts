/** Every order of some things; where two are equal, their orders are not told apart. */
export function* permutations<T>(things: readonly T[]): Generator<T[]> {
  if (things.length === 0) yield [];
  for (const [index, first] of things.entries()) {
    if (things.indexOf(first) < index) continue;
    for (const rest of permutations(things.toSpliced(index, 1))) yield [first, ...rest];
  }
}

/** The things as they are, with any one of them twice, and with any two of them twice. */
export function withDuplicates<T>(things: readonly T[]): T[][] {
  const once = things.map((twice) => [...things, twice]);
  const pairs = things.flatMap((one, index) => things.slice(index + 1).map((other) => [...things, one, other]));
  return [[...things], ...once, ...pairs];
}
