import type { Cell } from '../cli/table';

/** The result of a measurement. */
export interface Report {
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** What `--json` writes. */
  readonly data: unknown;
}
