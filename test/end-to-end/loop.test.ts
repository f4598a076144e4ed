import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { emulatorEnvironment } from '../../deployed/environment';
import { findFreePort } from '../../local/emulator/port';
import { type Command, describeCheckout } from './checkout';
import { Debugger } from './debugger';

const MAX_OUTPUT = 16 * 1024 * 1024;

/** Stores the text of a ping, so that the tests see which data stays. */
const SERVICE = `
import * as z from 'zod/mini';
import { Pinged } from '../../contracts/pings';
import { defineService } from '../runtime/declare/service';

export const pings = defineService('pings');
export const texts = pings.table('texts', { key: 'text' }).of<{ text: string }>();
export const ping = pings.endpoint('ping', {
  route: 'POST /pings',
  body: z.object({ text: z.string() }),
  emits: [Pinged],
  uses: [texts],
});
export const showPing = pings.endpoint('show-ping', { route: 'GET /pings/{text}', uses: [texts] });
export const readPing = pings.subscription('read-ping', { to: [Pinged], emits: [], uses: [] });
`;
const SHOW_PING = `
import { serveItem } from '../runtime/http/serve-item';
import { showPing, texts } from './service';

export const handler = serveItem(showPing, texts, ({ text }) => ({ body: { text } }));
`;
const ping = (answer: string) => `
import { Pinged } from '../../contracts/pings';
import { accept } from '../runtime/http/accept';
import { ping, texts } from './service';

export const handler = accept(ping, async ({ text }, work) => {
  work.create(texts(text), { text });
  work.emit(Pinged, { text });
  return { body: { answer: ${answer} } };
});
`;

describeCheckout('npm start -- --watch --keep --inspect', (checkout) => {
  let start: Command;
  let port: string;
  let inspector: number;

  const api = () => /API of pings +(\S+)/.exec(start.stdout)?.[1] ?? '';
  const post = async (text: string) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${api()}/pings`, { method: 'POST', headers, body: JSON.stringify({ text }) });
    expect(response.status).toBe(202);
    return ((await response.json()) as { answer: string }).answer;
  };
  const begin = async () => {
    start = checkout().run('start', ['--port', port, '--watch', '--keep', '--inspect', `read-ping:${inspector}`]);
    await start.untilPrinted(/A debugger can attach to pings\.read-ping on 127\.0\.0\.1:\d+\./, 'stderr');
    await start.untilPrinted(/Ctrl-C stops everything\./);
  };

  beforeAll(async () => {
    port = String(await findFreePort());
    inspector = await findFreePort();
    checkout().write('lambdas/pings/service.ts', SERVICE);
    checkout().write('lambdas/pings/show-ping.ts', SHOW_PING);
    checkout().write('lambdas/pings/ping.ts', ping("'first'"));
    checkout().write(
      'bin/app.ts',
      checkout()
        .read('bin/app.ts')
        .replace('{ ping, pings, readPing }', '{ ping, pings, readPing, showPing }')
        .replace('this.endpoint(ping);', 'this.endpoint(ping);\n    this.endpoint(showPing);'),
    );
    await begin();
  });

  it('replaces the code of the changed function', async () => {
    expect(await post('one')).toBe('first');
    checkout().write('lambdas/pings/ping.ts', ping("'second'"));
    await start.untilPrinted(/^Reloaded pings\.ping after [\d.]+ s$/m, 'stderr');
    expect(await post('two')).toBe('second');
    expect((await fetch(`${api()}/pings/one`)).status).toBe(200);
  });

  it('prints once, with its file and line, why a change is not reloaded', async () => {
    checkout().write('lambdas/pings/ping.ts', ping('= 3'));
    await start.untilPrinted(/Not reloaded/, 'stderr');
    const message = 'Not reloaded: Unexpected "=" (lambdas/pings/ping.ts:9)\n';
    checkout().write('lambdas/pings/ping.ts', ping("'third'"));
    await start.untilPrinted(/(Reloaded pings\.ping [\s\S]*){2}/, 'stderr');
    expect(start.stderr.split(message)).toHaveLength(2);
    expect(start.stderr.match(/Unexpected/g)).toHaveLength(1);
    expect(await post('three')).toBe('third');
  });

  it('replaces the code of the functions that contain a changed module of the runtime', async () => {
    const file = 'lambdas/runtime/http/serve-item.ts';
    checkout().write(file, checkout().read(file).replace("'private, no-cache'", "'private, no-store'"));
    await start.untilPrinted(/^Reloaded pings\.show-ping after [\d.]+ s$/m, 'stderr');
    expect((await fetch(`${api()}/pings/one`)).headers.get('cache-control')).toBe('private, no-store');
  });

  it('deploys only the stack that a change of a declaration changes', async () => {
    checkout().write(
      'lambdas/pings/count-ping.ts',
      checkout().read('lambdas/pings/read-ping.ts').replaceAll('read', 'count'),
    );
    checkout().write('lambdas/pings/service.ts', SERVICE.replace(/\n$/, `${COUNT_PING}`));
    const app = checkout().read('bin/app.ts');
    checkout().write(
      'bin/app.ts',
      app
        .replace('{ ping,', '{ countPing, ping,')
        .replace('this.subscribe(readPing);', 'this.subscribe(readPing);\n    this.subscribe(countPing);'),
    );
    await start.untilPrinted(/^Reloaded stack pings after [\d.]+ s$/m, 'stderr');
    const queues = checkout().run('ops', ['queues', '--port', port]);
    expect(await queues.exit).toBe(0);
    expect(queues.stdout).toMatch(/^pings\.count-ping +0/m);
  });

  it('shows in the console what was reloaded, and the new function', async () => {
    const [, url = ''] = /Console +(\S+)/.exec(start.stdout) ?? [];
    const event = await firstEvent(await fetch(`${url}api/live`));
    expect(JSON.parse(event.replace('data: ', ''))).toMatchObject({ reload: { what: ['stack pings'] } });
    expect(await (await fetch(`${url}api/system`)).text()).toContain('pings.count-ping');
  });

  it('shows in the console the fields of a changed request', async () => {
    const [, url = ''] = /Console +(\S+)/.exec(start.stdout) ?? [];
    const service = checkout().read('lambdas/pings/service.ts');
    checkout().write(
      'lambdas/pings/service.ts',
      service.replace('{ text: z.string() }', '{ text: z.string(), note: z.optional(z.string()) }'),
    );
    await start.untilPrinted(/(Reloaded stack pings [\s\S]*){2}/, 'stderr');
    const sendables = (await (await fetch(`${url}api/sendables`)).json()) as { name: string; schema: object }[];
    expect(sendables.find(({ name }) => name === 'pings.ping')?.schema).toMatchObject({ properties: { note: {} } });
  });

  it('stops at a line of the TypeScript source', async () => {
    const debug = await Debugger.attach(inspector);
    try {
      await debug.breakAt('lambdas/pings/read-ping.ts', 6);
      const { status } = await fetch(`${api()}/pings`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ text: 'stop here' }),
      });
      expect(status).toBe(202);
      expect(await debug.paused('text')).toBe("'stop here'");
    } finally {
      await debug.detach();
    }
  });

  it('gets the whole application from npm run deploy, and keeps its data', async () => {
    const deploy = checkout().run('deploy', ['--port', port]);
    expect(await deploy.exit).toBe(0);
    expect(deploy.stdout).toMatch(new RegExp(`^\\nDeployed to http://127\\.0\\.0\\.1:${port} after [\\d.]+ s\\n$`));
    expect(await post('four')).toBe('third');
    expect((await fetch(`${api()}/pings/one`)).status).toBe(200);
  });

  it('is deployed and compared by the scripts of the pipeline', async () => {
    const environment = emulatorEnvironment(`http://127.0.0.1:${port}`);
    const script = async (name: string, stage: string) => {
      const options = { cwd: checkout().root, env: environment, maxBuffer: MAX_OUTPUT };
      return (await promisify(execFile)(`.ci/${name}`, [stage], options)).stdout;
    };
    await script('deploy', 'local');
    expect(await script('diff', 'local')).toMatch(
      /^### cdk diff of stage local\n\n.*Number of stacks with differences: 0\n[\s\S]*<\/details>\n$/,
    );
    await script('destroy', 'pr-7');
  }, 300_000);

  it('keeps the data until the next start', async () => {
    expect(await start.stop()).toBe(130);
    await begin();
    expect((await fetch(`${api()}/pings/one`)).status).toBe(200);
    expect(await post('five')).toBe('third');
  });

  it('refuses to inspect a function that does not exist', async () => {
    const refused = checkout().run('start', ['--port', port, '--inspect', 'write-ping']);
    expect(await refused.exit).toBe(1);
    expect(refused.stderr).toContain(
      'There is no function "write-ping": choose one of pings.count-ping, pings.ping, pings.read-ping, pings.show-ping.',
    );
  });
});

const COUNT_PING = `
export const countPing = pings.subscription('count-ping', { to: [Pinged], emits: [], uses: [] });
`;

/** Returns the first server-sent event, which can arrive in several chunks. */
async function firstEvent({ body }: Response): Promise<string> {
  let text = '';
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    if (text.includes('\n\n')) break;
  }
  return text.split('\n\n')[0] ?? '';
}
