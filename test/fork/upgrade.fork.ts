import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Copy } from './copy';

const PARALLEL = 'cli/parallel.ts';
const TEXT = 'cli/text.ts';
const OWN = 'lambdas/shipping/dispatch-shipment.ts';

describe('npm run upgrade', () => {
  let template: Copy;
  let fork: string;
  const git = (folder: string, ...args: string[]) => execFileSync('git', args, { cwd: folder, encoding: 'utf8' });
  const append = async (folder: string, file: string, text: string) =>
    writeFile(path.join(folder, file), (await readFile(path.join(folder, file), 'utf8')) + text);
  const commit = (folder: string) => {
    git(folder, 'add', '--all');
    git(folder, '-c', 'user.name=fork', '-c', 'user.email=fork@example.com', 'commit', '--quiet', '-m', 'A change');
  };
  const upgrade = () =>
    execFileSync('node', ['cli/launch.cjs', 'cli/upgrade/command.ts', '--from', template.folder], {
      cwd: fork,
      encoding: 'utf8',
      stdio: 'pipe',
    });
  const read = (file: string) => readFile(path.join(fork, file), 'utf8');

  beforeAll(async () => {
    template = await Copy.make();
    git(template.folder, 'tag', 'v0.1.0');
    fork = mkdtempSync(path.join(tmpdir(), 'event-broker-upgraded-'));
    git(fork, 'clone', '--quiet', template.folder, '.');
    // The fork: a change of its own service, one of the core, a deleted page.
    await append(fork, OWN, '\n// Ours.\n');
    await writeFile(path.join(fork, TEXT), `// Ours.\n${await read(TEXT)}`);
    rmSync(path.join(fork, 'docs', 'callbacks.md'));
    commit(fork);
    // The template's next release: changes of the core, of the sample, of a dependency.
    await append(template.folder, PARALLEL, '\n// Released.\n');
    await append(template.folder, TEXT, '\n// Released.\n');
    await append(template.folder, OWN, '\n// Released.\n');
    await append(template.folder, 'docs/callbacks.md', '\nReleased.\n');
    await writeFile(path.join(template.folder, 'cli', 'released.ts'), 'export const released = true;\n');
    const { devDependencies, ...rest } = JSON.parse(await readFile(path.join(template.folder, 'package.json'), 'utf8'));
    const changed = { ...rest, version: '0.2.0', devDependencies: { ...devDependencies, esbuild: '99.0.0' } };
    await writeFile(path.join(template.folder, 'package.json'), `${JSON.stringify(changed, null, 2)}\n`);
    await template.commit();
    git(template.folder, 'tag', 'v0.2.0');
  });
  afterAll(async () => {
    rmSync(fork, { recursive: true });
    await template.remove();
  });

  test('updates the core and leaves own files as they are', async () => {
    expect(upgrade()).toMatch(/^Merged release 0\.2\.0 over 0\.1\.0: 4 files\.\n/);
    expect(await read(PARALLEL)).toContain('// Released.');
    expect(await read(TEXT)).toMatch(/^\/\/ Ours\.\n[\s\S]*\n\/\/ Released\.\n$/);
    expect(await read('cli/released.ts')).toContain('released');
    expect(await read(OWN)).toMatch(/\/\/ Ours\.\n$/);
    await expect(read('docs/callbacks.md')).rejects.toThrow('ENOENT');
  });

  test('merges dependencies, and records the release', async () => {
    const { version, devDependencies, eventBroker } = JSON.parse(await read('package.json'));
    expect({ version, esbuild: devDependencies.esbuild, template: eventBroker.template }).toEqual({
      version: '0.1.0',
      esbuild: '99.0.0',
      template: { repository: template.folder, release: '0.2.0' },
    });
  });

  test('refuses a work tree with changes, and does nothing when nothing is newer', () => {
    expect(upgrade).toThrow('The work tree has changes');
    commit(fork);
    expect(upgrade()).toBe('This fork has release 0.2.0, and there is nothing newer.\n');
  });

  test('leaves a core whose tests pass', () => {
    git(fork, 'checkout', '--quiet', '--', '.');
    execFileSync('npx', ['jest', 'test/unit/cli/parallel', 'test/unit/cli/text'], { cwd: fork, stdio: 'pipe' });
  });

  test('shows what both have changed', async () => {
    await writeFile(path.join(fork, PARALLEL), `// Ours, first.\n${await read(PARALLEL)}`);
    commit(fork);
    const file = path.join(template.folder, PARALLEL);
    await writeFile(file, `// Released, first.\n${await readFile(file, 'utf8')}`);
    await template.commit();
    git(template.folder, 'tag', 'v0.10.0');
    expect(upgrade).toThrow('1 conflict left to you.');
    expect(await read(PARALLEL)).toMatch(
      /^<<<<<<< HEAD\n\/\/ Ours, first\.\n=======\n\/\/ Released, first\.\n>>>>>>> /,
    );
    git(fork, 'reset', '--quiet', '--hard');
  });
});
