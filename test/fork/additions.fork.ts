import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Copy } from './copy';

/** Added without `npm run new`: one declaration, one handler, one line in the stack. */
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

describe('a copy of this repository', () => {
  let copy: Copy;
  const text = (file: string) => readFile(path.join(copy.folder, file), 'utf8');
  const edit = async (file: string, change: (text: string) => string) =>
    writeFile(path.join(copy.folder, file), change(await text(file)));
  const add = (...args: string[]) => copy.run('npm', 'run', '--silent', 'new', '--', ...args);
  const changes = async () => {
    const status = await copy.run('git', 'status', '--porcelain', '--untracked-files=all');
    return status
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);
  };
  beforeAll(async () => {
    copy = await Copy.make();
  });
  afterAll(() => copy.remove());

  test('gets a subscription from one declaration, one handler and one line in the stack', async () => {
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
    await copy.run('npm', 'run', '--silent', 'schemas');
    expect(await changes()).toEqual([
      'M lambdas/shipping/service.ts',
      'M lib/services/shipping-stack.ts',
      '?? lambdas/shipping/count-completed.ts',
    ]);
    await copy.run('npm', 'run', '--silent', 'map');
    expect(await text('docs/map/README.md')).toContain('shipping.count-completed');
    await copy.commit();
  });

  describe('with npm run new', () => {
    beforeAll(async () => {
      await add('service', 'loyalty');
      await add(
        'subscription',
        'loyalty',
        'grant-points',
        '--to',
        'orders.OrderCompleted',
        '--emits',
        'LoyaltyPointsGranted',
      );
      await add('event', 'loyalty', 'PointsExpired', '--fields', 'customerId, points:int');
      await add('schedule', 'loyalty', 'expire-points', '--every', '1d', '--emits', 'PointsExpired');
      const endpoint = ['redeem-points', '--route', 'POST /redemptions', '--fields', 'customerId, points:int'];
      await add('endpoint', 'loyalty', ...endpoint, '--emits', 'RedemptionRequested');
      await add('endpoint', 'loyalty', 'get-redemption', '--route', 'GET /redemptions/{redemptionId}');
      await add('subscription', 'loyalty', 'keep-points', '--to', 'LoyaltyPointsGranted', '--table', 'points');
    });

    test('changes only the files of one service, the app, the index of contracts and the map', async () => {
      const others = (await changes()).filter((line) => !line.includes('loyalty'));
      expect(others).toEqual([
        'M bin/app.ts',
        'M contracts/index.ts',
        'M docs/map/README.md',
        'M docs/map/asyncapi.json',
      ]);
    });

    test('exempts an event from having a subscriber only until it has one', async () => {
      const contracts = await text('contracts/loyalty.ts');
      expect(contracts.match(/audience: 'external'/g)).toHaveLength(2);
      expect(contracts).toMatch(/name: 'LoyaltyPointsGranted',\n {2}owner: 'loyalty',\n {2}version: 1,\n {2}schema/);
    });

    test.each([
      [['service', 'Loyalty'], 'The name of a service must be kebab-case, for example grant-points, not "Loyalty".'],
      [['service', 'loyalty'], 'The service "loyalty" exists already.'],
      [['service', 'default'], '"default" is reserved: choose another name for the service.'],
      [['event', 'loyalty', 'OrderCreated'], 'orders has a contract OrderCreated already.'],
      [['event', 'loyalty', 'pointsLost'], 'The name of an event must be PascalCase and a fact in the past tense'],
      [['event', 'loyalty', 'PointsLost', '--fields', 'a:money'], 'The field "a" has no type "money"'],
      [
        ['subscription', 'loyalty', 'see', '--to', 'OrderComplete'],
        'There is no contract "OrderComplete" (did you mean OrderCompleted?)',
      ],
      [
        ['subscription', 'loyalty', 'see', '--to', 'OrderCompletd'],
        'There is no contract "OrderCompletd" (did you mean OrderCompleted?)',
      ],
      [['subscription', 'rewards', 'see', '--to', 'OrderCompleted'], 'run "npm run new -- service rewards" first.'],
      [
        ['subscription', 'loyalty', 'grant-points', '--to', 'OrderCreated'],
        'lambdas/loyalty/service.ts exports "grantPoints" already',
      ],
      [['subscription', 'loyalty', 'see', '--to', 'OrderCreated', '--emits', 'StockReserved'], 'inventory owns it.'],
      [['endpoint', 'loyalty', 'see', '--route', 'points'], '--route must be a method and a path'],
      [['schedule', 'loyalty', 'see', '--every', 'often'], '--every must be minutes, hours or days'],
      [['table', 'loyalty'], 'There is no kind "table"'],
    ])('refuses %j in one sentence and changes nothing', async (args, sentence) => {
      const before = await copy.run('git', 'status', '--porcelain', '--untracked-files=all');
      const contracts = await text('contracts/loyalty.ts');
      await expect(add(...args)).rejects.toThrow(sentence);
      expect(await copy.run('git', 'status', '--porcelain', '--untracked-files=all')).toBe(before);
      expect(await text('contracts/loyalty.ts')).toBe(contracts);
    });
  });

  test.each(['lint', 'typecheck', 'test:unit', 'test:infrastructure', 'test:simulation'])(
    'passes %s with these additions',
    async (script) => {
      await copy.run('npm', 'run', '--silent', script);
    },
  );
});
