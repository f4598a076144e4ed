import type { Cell } from '../cli/table';

/** The result of a measurement. */
export interface Report {
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** The output of `--json`. */
  readonly data: unknown;
}
