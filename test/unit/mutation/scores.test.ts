import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { withTables } from '../../../bench/docs';
import { judge } from '../../mutation/judge';
import { type Scores, scoreOf, scoreRow } from '../../mutation/scores';
import { docsTables } from '../../mutation/tables';

const file = 'lambdas/runtime/retry.ts';
const measured = 'retry(1);\n';

describe('a score', () => {
  let scores: Scores;
  beforeAll(() => {
    const folder = mkdtempSync(path.join(tmpdir(), 'mutation-'));
    const report = path.join(folder, 'report.json');
    const location = { start: { line: 1, column: 7 }, end: { line: 1, column: 8 } };
    const mutants = [
      { status: 'Killed', location },
      { status: 'Timeout', location },
      { status: 'Killed', location },
      { status: 'Survived', replacement: '2', location },
      { status: 'CompileError', location },
    ];
    writeFileSync(report, JSON.stringify({ files: { [file]: { source: measured, mutants } } }));
    const accepted = { file, change: '1', to: '2', reason: 'a test' };
    scores = { [file]: scoreOf(judge(file, report, [accepted])) };
    rmSync(folder, { recursive: true });
  });

  it('is shown as it was measured', () => {
    expect(scoreRow(file, measured, scores)).toEqual({ cells: [file, 4, 3, 1, '75.0 %', 'this code'] });
  });

  it('is marked if the file has changed since it was measured', () => {
    expect(scoreRow(file, 'retry(3);\n', scores)).toEqual({
      cells: [file, 4, 3, 1, '75.0 %', '**older code**'],
      fault: `${file} has changed since its score was measured: npm run mutation -- --file ${file}`,
    });
  });

  it('is missing if the file was never measured', () => {
    expect(scoreRow(file, measured, {})).toEqual({
      cells: [file, '', '', '', '', '**not measured**'],
      fault: `${file} has no score yet: npm run mutation -- --file ${file}`,
    });
  });
});

test('the docs show the last scores, and mark those of older code: run "npm run mutation -- --docs" and commit it', () => {
  const page = readFileSync(path.join(__dirname, '..', '..', '..', 'docs', 'testing.md'), 'utf8');
  expect(page).toBe(withTables(page, 'mutation', docsTables().tables));
});
