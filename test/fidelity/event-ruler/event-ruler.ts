import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { showProgress } from '../../../cli/progress';
import { LOCAL_DIRECTORY } from '../../../deployed/local-clouds';
import type { Missing } from '../tools';

const execute = promisify(execFile);

const POM = path.join(__dirname, 'pom.xml');

/** Downloads event-ruler with Maven, unless it is there. */
export async function installEventRuler(): Promise<{ readonly classPath: string } | Missing> {
  const hash = createHash('sha256').update(await readFile(POM));
  const folder = path.join(LOCAL_DIRECTORY, `event-ruler-${hash.digest('hex').slice(0, 8)}`);
  try {
    await execute('javac', ['-version']);
    if (!existsSync(folder)) await download(folder);
    return { classPath: path.join(folder, '*') };
  } catch (error) {
    const { code, path: command = '' } = error as NodeJS.ErrnoException;
    const cause = code === 'ENOENT' ? `${command} is not on the PATH` : lastLine(error);
    return {
      reason: `the event patterns are not checked with event-ruler, because ${cause}: install a JDK (11 or newer) and Maven.`,
    };
  }
}

async function download(folder: string): Promise<void> {
  const progress = showProgress();
  progress.doing('Downloading event-ruler');
  const partial = `${folder}.partial-${process.pid}`;
  try {
    await execute('mvn', ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${partial}`]);
    await rename(partial, folder);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  progress.done(`Downloaded event-ruler to ${folder}`);
}

/** Maven prints its errors to standard output. */
function lastLine(error: unknown): string {
  const { stdout = '', message } = error as { stdout?: string; message: string };
  return (stdout.split('\n').find((line) => line.includes('ERROR')) ?? message).trim();
}

/** An event as rules receive it. */
export type Envelope = Readonly<Record<string, unknown>>;

/** Matches events as EventBridge does. @returns for each event, the names of the matching patterns, in their order */
export async function matchPatterns(
  classPath: string,
  patterns: Readonly<Record<string, object>>,
  events: readonly Envelope[],
): Promise<string[][]> {
  const running = execFile('java', ['-cp', classPath, path.join(__dirname, 'MatchPatterns.java')]);
  running.stdin?.end(JSON.stringify({ patterns, events }));
  const [output, errors] = await Promise.all(
    [running.stdout, running.stderr].map((stream) => (stream ? text(stream) : '')),
  );
  if (!output) throw new Error(`event-ruler failed: ${errors}`);
  return JSON.parse(output) as string[][];
}
