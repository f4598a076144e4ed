import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Failure } from '../../cli/failure';

/** A change that no test notices, and that is accepted. */
export interface Accepted {
  readonly file: string;
  /** The code that is changed, with single spaces. */
  readonly change: string;
  /** The code after the change. */
  readonly to: string;
  /** Why no test can notice it. */
  readonly reason: string;
}

/** The result of changing one file. */
export interface Judgement {
  readonly file: string;
  readonly mutants: number;
  readonly killed: number;
  /** The number of survivors that are accepted. */
  readonly taken: number;
  /** The code that was measured. */
  readonly source: string;
  /** A sentence for each survivor that is not accepted, and each accepted change that a test notices. */
  readonly faults: readonly string[];
}

/** Stryker's report: https://github.com/stryker-mutator/mutation-testing-elements. Lines and columns count from 1. */
interface Report {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;
}

interface Mutant {
  readonly replacement?: string;
  readonly status: string;
  readonly location: Readonly<Record<'start' | 'end', { readonly line: number; readonly column: number }>>;
}

const KILLED = ['Killed', 'Timeout'];
const SURVIVED = ['Survived', 'NoCoverage'];

/** Compares the survivors of a file with the accepted ones. @param report the path of Stryker's report */
export function judge(file: string, report: string, accepted: readonly Accepted[]): Judgement {
  if (!existsSync(report)) throw new Failure(`${file} has no score yet: npm run mutation -- --file ${file}`);
  const { files } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  const { source = '', mutants = [] } = files[file] ?? {};
  const killed = mutants.filter(({ status }) => KILLED.includes(status)).length;
  const survivors = mutants.filter(({ status }) => SURVIVED.includes(status));
  const open = accepted.filter((one) => one.file === file);
  const unknown = survivors.flatMap(({ location, replacement = '' }) => {
    const [change, to] = [textAt(source, location), oneLine(replacement)];
    const index = open.findIndex((one) => one.change === change && one.to === to);
    if (index < 0) return [`${file}:${location.start.line}: no test notices ${change} → ${to}`];
    open.splice(index, 1);
    return [];
  });
  return {
    file,
    mutants: killed + survivors.length,
    killed,
    taken: survivors.length - unknown.length,
    source,
    faults: [
      ...unknown,
      ...open.map(({ change, to }) => `${file}: a test notices ${change} → ${to}, so do not accept it`),
    ],
  };
}

/** Removes the survivors from Stryker's report, so that the next run tries them again. Stryker keeps the results of other mutants. */
export function forgetSurvivors(report: string): void {
  if (!existsSync(report)) return;
  const { files, ...rest } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  const tried = Object.entries(files).map(([name, { mutants, ...file }]) => [
    name,
    { ...file, mutants: mutants.filter(({ status }) => !SURVIVED.includes(status)) },
  ]);
  writeFileSync(report, JSON.stringify({ ...rest, files: Object.fromEntries(tried) }));
}

function textAt(source: string, { start, end }: Mutant['location']): string {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  const last = lines.length - 1;
  // The end first, because both can be in one line.
  lines[last] = (lines[last] ?? '').slice(0, end.column - 1);
  lines[0] = (lines[0] ?? '').slice(start.column - 1);
  return oneLine(lines.join(' '));
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
