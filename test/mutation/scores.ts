import { createHash } from 'node:crypto';
import type { Cell } from '../../cli/table';
import type { Judgement } from './judge';

/** The last score of a file. */
export interface Score {
  readonly mutants: number;
  readonly killed: number;
  readonly accepted: number;
  /** The hash of the code that was measured. */
  readonly code: string;
}

/** Scores by file. `scores.json` keeps them, because a checkout has no reports of Stryker. */
export type Scores = Readonly<Record<string, Score>>;

/** A row of the table of scores. */
export interface ScoreRow {
  readonly cells: readonly Cell[];
  /** Why the row does not tell about the present code. @default it does */
  readonly fault?: string;
}

export const SCORE_HEAD = ['file', 'mutants', 'killed', 'accepted', 'score', 'measured on'];

export function scoreOf({ mutants, killed, taken, source }: Omit<Judgement, 'file' | 'faults'>): Score {
  return { mutants, killed, accepted: taken, code: hashOf(source) };
}

/** Returns the row of a file. @param source its present content */
export function scoreRow(file: string, source: string, scores: Scores): ScoreRow {
  const score = scores[file];
  const again = `npm run mutation -- --file ${file}`;
  if (!score) return { cells: [file, '', '', '', '', '**not measured**'], fault: `${file} has no score yet: ${again}` };
  const { mutants, killed, accepted, code } = score;
  const numbers = [file, mutants, killed, accepted, `${((killed / mutants) * 100).toFixed(1)} %`];
  if (code === hashOf(source)) return { cells: [...numbers, 'this code'] };
  return {
    cells: [...numbers, '**older code**'],
    fault: `${file} has changed since its score was measured: ${again}`,
  };
}

function hashOf(source: string): string {
  return createHash('sha256').update(source).digest('hex').slice(0, 16);
}
