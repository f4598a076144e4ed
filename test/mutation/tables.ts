import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Table } from '../../bench/report';
import { ROOT } from '../../cli/project';
import { accepted } from './accepted';
import type { Judgement } from './judge';
import { SCORE_HEAD, type ScoreRow, type Scores, scoreOf, scoreRow } from './scores';
import { coreFiles, processFiles } from './targets';

const SCORES = path.join(__dirname, 'scores.json');

/** Keeps the score of a measured file, and the scores of all other files that still exist. */
export function keepScore(judgement: Judgement): void {
  const all: Scores = { ...readScores(), [judgement.file]: scoreOf(judgement) };
  const kept = [...coreFiles(), ...processFiles()].flatMap((file) => (all[file] ? [[file, all[file]]] : []));
  writeFileSync(SCORES, `${JSON.stringify(Object.fromEntries(kept), null, 2)}\n`);
}

export function scoreRows(files: readonly string[]): ScoreRow[] {
  const scores = readScores();
  return files.map((file) => scoreRow(file, readFileSync(path.join(ROOT, file), 'utf8'), scores));
}

/** Returns the tables of the docs, and a sentence for each row that does not tell about the present code. */
export function docsTables(): { readonly tables: readonly Table[]; readonly faults: readonly string[] } {
  const [core, processes] = [scoreRows(coreFiles()), scoreRows(processFiles())];
  const survivors = accepted.map(({ file, change, to, reason }) => [
    path.basename(file),
    code(change),
    code(to),
    reason,
  ]);
  return {
    tables: [
      { id: 'core', head: SCORE_HEAD, rows: core.map(({ cells }) => cells) },
      { id: 'processes', head: SCORE_HEAD, rows: processes.map(({ cells }) => cells) },
      { id: 'accepted', head: ['file', 'code', 'changed to', 'why no test can notice it'], rows: survivors },
    ],
    faults: [...core, ...processes].flatMap(({ fault = [] }) => fault),
  };
}

function readScores(): Scores {
  return JSON.parse(readFileSync(SCORES, 'utf8')) as Scores;
}

function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}
