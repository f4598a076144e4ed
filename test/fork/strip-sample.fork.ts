import { randomUUID } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Browser, Page } from 'playwright-core';
import { discoverLocal } from '../../deployed/discover';
import { continueTrace } from '../../lambdas/runtime/events/ids';
import { findFreePort } from '../../local/emulator/port';
import { eventually } from '../kit';
import { openPage, startBrowser } from '../support/browser';
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

  describe('and npm run new', () => {
    let start: Awaited<ReturnType<Copy['start']>>;
    let browser: Browser;
    let page: Page;
    const urlOf = (name: string) => new RegExp(`${name}\\s+(http\\S+)`).exec(start.output)?.[1] ?? '';
    const open = (path: string) => page.goto(`${urlOf('Console')}${path}`);

    beforeAll(async () => {
      const add = (...args: string[]) => copy.run('npm', 'run', '--silent', 'new', '--', ...args);
      await add('service', 'loyalty');
      await add('subscription', 'loyalty', 'grant-points', '--to', 'GreetingRequested', '--emits', 'PointsGranted');
      start = await copy.start(await findFreePort(), /Ready after[\s\S]*API of hello\s+\S+/);
      browser = await startBrowser();
      page = await openPage(browser);
    });
    afterAll(async () => {
      await browser?.close();
      await start?.stop();
    });

    test('leave a system that runs on this machine', async () => {
      const url = urlOf('API of hello');
      const response = await fetch(`${url}/greetings`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'Ada' }),
      });
      expect(response.status).toBe(202);
      const { greetingId } = (await response.json()) as { greetingId: string };
      expect(await greetingOf(url, greetingId)).toBe('Hello, Ada!');
    });

    test('change nothing of the console, the commands of operators, and what these read', async () => {
      const changed = await copy.run('git', 'status', '--porcelain', '--untracked-files=all');
      expect(changed).toContain('lambdas/loyalty/grant-points.ts');
      expect(changed).not.toMatch(/ (console|ops|observe|deployed)\//);
    });

    test('show the new service in AsyncAPI and on the map', async () => {
      const asyncApi = await readFile(path.join(copy.folder, 'docs', 'map', 'asyncapi.json'), 'utf8');
      expect(asyncApi).toContain('loyalty.grant-points');
      await open('map/loyalty');
      await page.getByText('lambdas/loyalty/grant-points.ts').waitFor();
      await page.getByRole('link', { name: /^loyalty grant-points/ }).waitFor();
    });

    test('show it in the flow of an event that it has processed', async () => {
      await open('flows');
      await page.getByRole('link', { name: 'hello.GreetingRequested' }).first().click();
      await page.getByText('loyalty.grant-points').first().waitFor();
      await page.getByRole('heading', { name: 'loyalty.PointsGranted' }).waitFor();
    });

    test('show its dead letters', async () => {
      const { broker, clients } = await discoverLocal(urlOf('Emulator'));
      const id = randomUUID();
      // A version that no subscriber knows.
      const [occurredAt, traceparent] = [new Date().toISOString(), continueTrace(undefined)];
      const metadata = { id, version: 2, correlationId: id, causationId: id, occurredAt, traceparent };
      const event = { EventBusName: broker.bus.name, Source: 'hello', DetailType: 'GreetingRequested' };
      const Entries = [{ ...event, Detail: JSON.stringify({ metadata, data: {} }) }];
      await clients.of(EventBridgeClient).send(new PutEventsCommand({ Entries }));
      await open('dead-letters');
      await page.getByRole('heading', { name: 'loyalty.grant-points' }).waitFor();
    });
  });
});

function greetingOf(url: string, greetingId: string): Promise<string> {
  return eventually('the greeting has its text', async () => {
    const { text } = (await (await fetch(`${url}/greetings/${greetingId}`)).json()) as { text?: string };
    return text;
  });
}
