import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Copy } from './copy';

/** Adds a subscription to the sample: one declaration, one handler, one line in the stack. */
const DECLARATION = `
export const countCompleted = shipping.subscription('count-completed', { to: [OrderCompleted], uses: [totals] });
`;
const TABLE = `
export const totals = shipping.table('totals', { key: 'name' }).of<{ name: string; completed: number }>();
`;
const HANDLER = `import { consume } from '../runtime/consume/consume';
import { countCompleted, totals } from './service';

export const handler = consume(countCompleted, (_data, work) => work.adjust(totals('orders'), 'completed', 1));
`;

describe('a subscription', () => {
  let copy: Copy;
  const edit = async (file: string, change: (text: string) => string) => {
    const name = path.join(copy.folder, file);
    await writeFile(name, change(await readFile(name, 'utf8')));
  };
  beforeAll(async () => {
    copy = await Copy.make();
    await edit('lambdas/shipping/service.ts', (text) =>
      text
        .replace('{ OrderConfirmed }', '{ OrderCompleted, OrderConfirmed }')
        .replace(/\n$/, `\n${TABLE}${DECLARATION}`),
    );
    await edit('lib/services/shipping-stack.ts', (text) =>
      text
        .replace('{ deliverShipment', '{ countCompleted, deliverShipment')
        .replace(
          'this.subscribe(deliverShipment);',
          'this.subscribe(deliverShipment);\n    this.subscribe(countCompleted);',
        ),
    );
    await writeFile(path.join(copy.folder, 'lambdas', 'shipping', 'count-completed.ts'), HANDLER);
  });
  afterAll(() => copy.remove());

  test('is added by its declaration, its handler and one line of its stack', async () => {
    await copy.run('npm', 'run', '--silent', 'schemas');
    const changed = await copy.run('git', 'status', '--porcelain', '--untracked-files=all');
    expect(
      changed
        .trim()
        .split('\n')
        .map((line) => line.trim().split(' ').at(-1)),
    ).toEqual(['lambdas/shipping/service.ts', 'lib/services/shipping-stack.ts', 'lambdas/shipping/count-completed.ts']);
  });

  test('appears in the map', async () => {
    await copy.run('npm', 'run', '--silent', 'map');
    expect(await readFile(path.join(copy.folder, 'docs', 'map', 'README.md'), 'utf8')).toContain(
      'shipping.count-completed',
    );
  });

  test.each(['lint', 'typecheck', 'test:unit', 'test:infrastructure', 'test:simulation'])(
    'leaves a checkout whose %s passes',
    async (script) => {
      await copy.run('npm', 'run', '--silent', script);
    },
  );
});
