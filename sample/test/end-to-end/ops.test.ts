import { execFile, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describeDeployed, expectInvariants, until, untilOver } from './deployed';
import { whileStopped, withEnvironment } from './functions';
import { untilEmpty } from './messages';
import { CONSUMER, operatorOf, take } from './operator';

describeDeployed("the operators' commands", (deployed) => {
  const { ops, place, queueOf, poison, reasons, untilDead, purge, endedOrder, stored } = operatorOf(deployed);

  beforeEach(purge);
  afterAll(async () => {
    await purge();
    await expectInvariants(deployed());
  });

  it('show the depth of every queue', async () => {
    const { json } = await ops<{ queues: { name: string; waiting?: number; dead: number }[] }>('queues');
    const names = json.queues.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([CONSUMER, 'orders.relay', 'broker']));
    expect(json.queues.every(({ dead }) => dead === 0)).toBe(true);
    expect(json.queues.find(({ name }) => name === CONSUMER)?.waiting).toEqual(expect.any(Number));
  });

  it('list secrets, and set one without a deployment', async () => {
    const { json } = await ops<{ secrets: { name: string; arn: string; value?: unknown }[] }>('secrets');
    const signing = json.secrets.find(({ name }) => name === 'callbacks.webhook-signing');
    expect(Object.keys(signing ?? {}).sort()).toEqual(['arn', 'changed', 'name']);
    const read = async () => {
      const client = deployed().deployment.clients.of(SecretsManagerClient);
      return (await client.send(new GetSecretValueCommand({ SecretId: signing?.arn }))).SecretString ?? '';
    };
    const before = await read();
    const set = (input: string) => {
      const { stage, endpoint } = deployed().deployment;
      const target = stage === 'local' ? [] : ['--stage', stage];
      return spawnSync(
        process.execPath,
        ['cli/launch.cjs', 'ops/main.ts', 'secrets', 'set', 'callbacks.webhook-signing', ...target],
        {
          encoding: 'utf8',
          input,
          env: { ...process.env, ...(endpoint && { AWS_ENDPOINT_URL: endpoint }) },
        },
      );
    };
    expect(set('no JSON').stderr).toContain('The value on standard input is not JSON');
    expect(await read()).toBe(before);
    // The key stays, because other test files check signatures.
    const next = JSON.stringify({ ...JSON.parse(before), note: 'set by a test' });
    try {
      expect(set(next)).toMatchObject({ status: 0, stderr: expect.any(String) });
      expect(await read()).toBe(next);
    } finally {
      expect(set(before).stdout).toBe(
        'Set callbacks.webhook-signing. Functions use the new value within five minutes.\n',
      );
    }
  });

  it('publish the outbox again without a second effect', async () => {
    const since = new Date().toISOString();
    await endedOrder();
    const before = await stored();
    const { json } = await ops<{ events: { contract: string; emitted: number; published: number }[] }>(
      ...['outbox', '--republish', '--since', since, '--rate', '1000'],
    );
    expect(json.events.map(({ contract }) => contract)).toEqual(
      expect.arrayContaining(['checkout.OrderPlaced', 'orders.OrderCreated', 'orders.OrderDue']),
    );
    expect(json.events.every(({ emitted: all, published }) => all === published)).toBe(true);
    await untilEmpty(deployed(), queueOf('orders.advance-order').queue);
    expect(await stored()).toEqual(before);
  });

  it('replay the archive without a second effect', async () => {
    const since = new Date().toISOString();
    await endedOrder();
    const before = await stored();
    const window = ['--from', since, '--to', '0s'];
    const choice = ['--event', 'OrderCreated', '--to-subscriber', CONSUMER];
    expect((await ops('replay', ...window, ...choice, '--dry-run')).json).toMatchObject({
      dryRun: true,
      rules: [{ subscriber: CONSUMER, contracts: ['orders.OrderCreated'] }],
    });
    expect((await ops('replay', ...window)).json).toMatchObject({ state: 'COMPLETED', rules: 'all' });
    await untilEmpty(deployed(), queueOf('orders.advance-order').queue);
    expect(await stored()).toEqual(before);
  });

  it('find an order whose event was lost, and resume it', async () => {
    const overdue = async () =>
      (await ops<{ orders: { orderId: string; status: string; waitingFor: string[] }[] }>('orders', '--overdue')).json
        .orders;
    // The sweep nudges overdue orders too. With this interval, it finds none.
    await withEnvironment(deployed(), 'orders.sweep-overdue', { PROGRESS_SECONDS: '86400' }, async () => {
      const orderId = await withEnvironment(deployed(), 'orders.advance-order', { PROGRESS_SECONDS: '5' }, () =>
        whileStopped(deployed(), [CONSUMER, 'orders.check-order'], async () => {
          const placed = await place();
          await take(deployed(), CONSUMER, placed);
          // Its reminder is lost too, so only an operator can resume it.
          await take(deployed(), 'orders.check-order', placed, '"what":"progress"');
          const found = await until('it is overdue, and its payment is completed', async () =>
            (await overdue()).find((one) => one.orderId === placed && one.waitingFor.length === 1),
          );
          expect(found).toMatchObject({ status: 'created', waitingFor: ['StockReserved or StockRejected'] });
          return placed;
        }),
      );
      const { json: planned } = await ops<{ resumed: string[] }>('orders', '--resume', '--overdue', '--dry-run');
      expect(planned.resumed).toContain(orderId);
      expect((await overdue()).map((one) => one.orderId)).toContain(orderId);
      expect((await ops('orders', '--resume', orderId)).json).toMatchObject({ resumed: [orderId] });
      expect((await untilOver(deployed(), orderId)).status).toBe('completed');
      expect((await overdue()).map((one) => one.orderId)).not.toContain(orderId);
      expect((await ops('orders', 'show', orderId)).json).toMatchObject({
        orders: [{ status: 'completed', ended: true }],
      });
    });
  });

  it('exit with a code, with results on standard output and progress on standard error', async () => {
    const good = await shell('queues', '--json');
    expect(good).toMatchObject({ code: 0, stderr: expect.stringContaining('Stage local at') });
    expect(JSON.parse(good.stdout)).toMatchObject({ queues: expect.any(Array) });
    expect(await shell('fly')).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('no command') });
    await poison(1, randomUUID());
    await untilDead(CONSUMER, { 'not-json': 1 });
    const refused = await shell('dlq', 'purge');
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('--yes is needed') });
    expect(await reasons(CONSUMER)).toEqual({ 'not-json': 1 });
  });

  /** Runs a command in a new process. */
  async function shell(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const root = path.resolve(__dirname, '..', '..', '..');
    const env = { ...process.env, AWS_ENDPOINT_URL: deployed().deployment.endpoint };
    const run = promisify(execFile)(process.execPath, ['cli/launch.cjs', 'ops/main.ts', ...argv], { cwd: root, env });
    run.child.stdin?.end();
    return run.then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
    );
  }
});
