import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const ROOT = path.resolve(__dirname, '..', '..');
const MOST_OUTPUT = 64 * 1024 * 1024;

/** A copy of this checkout, without ignored files. It shares the dependencies and the emulator's installation. */
export class Copy {
  private constructor(readonly folder: string) {}

  static async make(): Promise<Copy> {
    const folder = await mkdtemp(path.join(tmpdir(), 'event-broker-fork-'));
    const { stdout } = await execute('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
      cwd: ROOT,
      maxBuffer: MOST_OUTPUT,
    });
    for (const file of stdout.split('\0').filter(Boolean)) {
      await mkdir(path.join(folder, path.dirname(file)), { recursive: true });
      // A file that was deleted but not committed is not copied.
      await cp(path.join(ROOT, file), path.join(folder, file)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
    }
    await symlink(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
    const copy = new Copy(folder);
    await copy.run('git', 'init', '--quiet');
    await copy.commit();
    return copy;
  }

  async commit(): Promise<void> {
    const author = ['-c', 'user.name=fork', '-c', 'user.email=fork@example.com'];
    await this.run('git', 'add', '--all');
    await this.run('git', ...author, 'commit', '--quiet', '--message', 'A fork');
  }

  /** Runs a command in the copy. @throws Error with its output when it fails */
  async run(command: string, ...args: string[]): Promise<string> {
    const env = { ...process.env, NODE_OPTIONS: '', JEST_WORKER_ID: undefined };
    try {
      const { stdout } = await execute(command, args, { cwd: this.folder, env, maxBuffer: MOST_OUTPUT });
      return stdout;
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      const output = `${stdout}\n${stderr}`.trim().split('\n').slice(-60).join('\n');
      throw new Error(`${[command, ...args].join(' ')} failed in the copy:\n${output}`);
    }
  }

  /** Starts `npm start` and waits for a line. @returns the output until then, and how to stop it */
  async start(port: number, line: RegExp): Promise<{ output: string; stop(): Promise<void> }> {
    const child = spawn('npm', ['start', '--', '--port', String(port)], { cwd: this.folder, detached: true });
    let output = '';
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const stop = async () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
      await ended;
    };
    const found = new Promise<void>((resolve, reject) => {
      const read = (chunk: Buffer) => {
        output += chunk.toString();
        if (line.test(output)) resolve();
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      void ended.then(() => reject(new Error(`npm start ended:\n${output}`)));
    });
    try {
      await found;
    } catch (error) {
      await stop();
      throw error;
    }
    return { output, stop };
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}
