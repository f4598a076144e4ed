import type { Cell } from '../cli/table';
import type { Chart } from './chart';

/** The result of a measurement. */
export interface Report {
  readonly tables: readonly Table[];
  /** The output of `--json`. */
  readonly data: unknown;
  /** Charts by the name of their file. */
  readonly charts?: Readonly<Record<string, Chart>>;
}

export interface Table {
  /** Its place in the docs: see docs.ts. */
  readonly id: string;
  /** A line above the table. */
  readonly title?: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** The effort of a measurement. Each uses some of these options. */
export interface Effort {
  readonly rounds: number;
  readonly batches: number;
  /** Orders, or whatever the project's own measurements process. @default the measurement's */
  readonly size?: number;
}

/** A measurement of `npm run bench`. */
export interface Measurement {
  readonly summary: string;
  measure(effort: Effort): Promise<Report>;
}

/** The additions of the project's extension to `npm run bench`. */
export interface BenchExtension {
  /** Measurements of the project's own services, by name. */
  readonly measurements?: Readonly<Record<string, Measurement>>;
}
