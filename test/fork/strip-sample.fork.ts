import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from '../../local/emulator/port';
import { Copy } from './copy';

describe('npm run strip-sample', () => {
  let copy: Copy;
  const strip = () => copy.run('npm', 'run', '--silent', 'strip-sample', '--', '--yes');
  beforeAll(async () => {
    copy = await Copy.make();
  });
  afterAll(() => copy.remove());

  test('refuses a work tree with changes', async () => {
    await copy.run('touch', 'note.txt');
    await expect(strip()).rejects.toThrow('The work tree has changes');
    await access(path.join(copy.folder, 'sample'));
    await copy.run('rm', 'note.txt');
  });

  test('leaves no trace of the sample', async () => {
    await strip();
    await copy.commit();
    const files = await copy.run('git', 'ls-files');
    expect(files).not.toMatch(/^(sample|lambdas\/(orders|payments|checkout))\//m);
    const scripts = JSON.parse(await readFile(path.join(copy.folder, 'package.json'), 'utf8')).scripts;
    expect(JSON.stringify(scripts)).not.toContain('sample');
    await expect(
      copy.run('git', 'grep', '-nE', 'sample/|<!-- /?sample|\\(sample\\)', '--', 'docs', 'README.md'),
    ).rejects.toThrow();
  });

  test.each(['lint', 'typecheck', 'test:unit', 'test:infrastructure', 'test:simulation', 'test:end-to-end'])(
    'leaves a core whose %s passes',
    async (script) => {
      await copy.run('npm', 'run', '--silent', script);
    },
  );

  test('leaves a service that runs on this machine', async () => {
    const { output, stop } = await copy.start(await findFreePort(), /Ready after[\s\S]*API of hello\s+\S+/);
    try {
      const [, url = ''] = /API of hello\s+(http\S+)/.exec(output) ?? [];
      const response = await fetch(`${url}/greetings`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'Ada' }),
      });
      expect(response.status).toBe(202);
      const { greetingId } = (await response.json()) as { greetingId: string };
      expect(await greetingOf(url, greetingId)).toBe('Hello, Ada!');
    } finally {
      await stop();
    }
  });
});

async function greetingOf(url: string, greetingId: string): Promise<string | undefined> {
  for (let looks = 0; looks < 100; looks++) {
    const { text } = (await (await fetch(`${url}/greetings/${greetingId}`)).json()) as { text?: string };
    if (text !== undefined) return text;
    await sleep(200);
  }
  return undefined;
}
