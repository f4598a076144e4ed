import { StackSources } from '../../../local/stack-sources';

describe('the sources of the stacks', () => {
  const sources = new StackSources();
  afterAll(() => sources.close());

  it.each(['bin/app.ts', 'lib/broker/subscription.ts', 'cdk.json', 'lambdas/runtime/aws/settings.ts'])(
    'contain %s',
    async (file) => {
      expect(await sources.hasSome([file])).toBe(true);
    },
  );

  it.each(['lambdas/runtime/consume/consume.ts', 'lambdas/runtime/http/serve-item.ts', 'lambdas/new/new.ts'])(
    'do not contain %s, which only functions contain',
    async (file) => {
      expect(await sources.hasSome([file])).toBe(false);
    },
  );

  it('contain the code of the journal, which only its stack bundles', async () => {
    expect(await sources.hasSome(['lambdas/runtime/journal/write-journal.ts'])).toBe(true);
  });

  it('have changed when one of several changed files is among them', async () => {
    expect(await sources.hasSome(['lambdas/runtime/consume/consume.ts', 'bin/app.ts'])).toBe(true);
  });
});
