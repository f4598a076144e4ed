import fc from 'fast-check';

/** The number of inputs per property. `FUZZ_RUNS=10000 npx jest sample/test/unit/fuzz` makes a long run. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 500);

/** Returns the parameters of a run. A failing run prints its seed, and `FUZZ_SEED` repeats it. */
export function inputs(): { numRuns: number; seed?: number } {
  const seed = process.env.FUZZ_SEED;
  return { numRuns: RUNS, ...(seed && { seed: Number(seed) }) };
}

/** Texts that often break parsers: any Unicode, control characters, long texts, and words with a special meaning. */
export const hostileText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.string({ minLength: 1_000, maxLength: 5_000 }),
  fc.constantFrom(
    '',
    ' ',
    '__proto__',
    'constructor',
    '{}',
    '[]',
    'null',
    '"',
    '\u0000',
    '\ud800',
    '../..',
    '$ref',
    '%00',
  ),
);
