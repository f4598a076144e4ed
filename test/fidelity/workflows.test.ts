import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../cli/project';
import { LOCAL_DIRECTORY } from '../../deployed/local-clouds';

const execute = promisify(execFile);

const VERSION = '1.7.12';
const FOLDER = path.join(LOCAL_DIRECTORY, `actionlint-${VERSION}`);
const WORKFLOWS = path.join(ROOT, '.github', 'workflows');

describe('the workflows', () => {
  let hasGo = true;
  beforeAll(async () => {
    if (existsSync(path.join(FOLDER, 'actionlint'))) return;
    const env = { ...process.env, GOBIN: FOLDER, GOFLAGS: '' };
    try {
      await execute('go', ['install', `github.com/rhysd/actionlint/cmd/actionlint@v${VERSION}`], { env });
    } catch (error) {
      if (process.env.CI || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      hasGo = false;
      console.error('Skipped: the workflows are not checked with actionlint, because Go is not on the PATH.');
    }
  }, 300_000);

  it('are accepted by actionlint', async () => {
    if (!hasGo) return;
    const files = readdirSync(WORKFLOWS).map((file) => path.join(WORKFLOWS, file));
    const { stdout } = await execute(path.join(FOLDER, 'actionlint'), ['-no-color', ...files]).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout).toBe('');
  });
});
