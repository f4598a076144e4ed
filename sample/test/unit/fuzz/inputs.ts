import fc from 'fast-check';

/** How many inputs each property is tried on: `FUZZ_RUNS=10000 npx jest test/unit/fuzz` for a long run. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 500);

/** A failing run prints its seed; `FUZZ_SEED` tries it again. */
export function inputs(): { numRuns: number; seed?: number } {
  const seed = process.env.FUZZ_SEED;
  return { numRuns: RUNS, ...(seed && { seed: Number(seed) }) };
}

/** Text of the kind that breaks things: any Unicode, control characters, long runs, what has a meaning somewhere. */
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
