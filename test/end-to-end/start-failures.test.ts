import { findFreePort, requireFreePort } from '../../local/emulator/port';
import { type Command, describeCheckout } from './checkout';

const HANDLER = 'lambdas/pings/read-ping.ts';

describeCheckout('npm start that cannot succeed', (checkout) => {
  let port: string;
  beforeEach(async () => {
    port = String(await findFreePort());
  });

  /** Changes a file for one test. */
  async function withFile(file: string, content: string, test: () => Promise<void>): Promise<void> {
    const before = checkout().read(file);
    checkout().write(file, content);
    await test().finally(() => checkout().write(file, before));
  }

  async function expectFailure(command: Command, sentence: string): Promise<void> {
    expect(await command.exit).toBe(1);
    expect(command.stderr.trimEnd().split('\n\n').at(-1)?.trim()).toBe(sentence);
    await expect(requireFreePort(Number(port))).resolves.toBeUndefined();
  }

  it('refuses a function that throws while it is loaded', async () => {
    await withFile(HANDLER, `throw new Error('boom');\n${checkout().read(HANDLER)}`, async () => {
      const sentence = 'pings.read-ping does not start: boom (lambdas/pings/read-ping.ts:1)';
      await expectFailure(checkout().run('start', ['--port', port]), sentence);
    });
  });

  it.each([
    [HANDLER, 'const x = ;', `cdk synth failed: Unexpected ";" (${HANDLER}:1)`],
    ['bin/app.ts', "throw new Error('no stack');", 'cdk synth failed: no stack (bin/app.ts:1)'],
  ])('reports an error in %s with its place and without a stack trace', async (file, code, sentence) => {
    await withFile(file, `${code}\n${checkout().read(file).trimStart()}`, () =>
      expectFailure(checkout().run('start', ['--port', port]), sentence),
    );
  });

  it('stops everything when the reader of its output exits', async () => {
    const start = checkout().run('start', ['--port', port]);
    await start.untilPrinted(/answers on/, 'stderr');
    start.child.stdout?.destroy();
    start.child.stderr?.destroy();
    expect(await start.exit).toBe(0);
    await expect(requireFreePort(Number(port))).resolves.toBeUndefined();
  });
});
