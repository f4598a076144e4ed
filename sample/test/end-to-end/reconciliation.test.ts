import type { Browser } from 'playwright-core';
import { Lifetime } from '../../../cli/lifetime';
import { startConsole } from '../../../console/server/console';
import { addDays } from '../../../lambdas/runtime/reconciliation/business-day';
import type { Discrepancy, ReconciliationRun } from '../../../lambdas/runtime/reconciliation/reconciliation';
import { accessibilityFaults, openPage, startBrowser } from '../../../test/support/browser';
import { describeDeployed, expectInvariants } from './deployed';
import { operatorOf } from './operator';
import { type PlantedBooks, plantBooks } from './planted';

interface Listed {
  readonly discrepancies: readonly Discrepancy[];
}

describeDeployed('reconciliation', (deployed) => {
  const { ops } = operatorOf(deployed);
  let planted: PlantedBooks;

  beforeAll(async () => {
    planted = await plantBooks(deployed().deployment);
  });

  afterAll(async () => {
    await planted?.remove();
    await expectInvariants(deployed());
  });

  const statuses = async (...options: string[]) => {
    const { json } = await ops<Listed>('reconcile', 'list', ...options);
    const ours = json.discrepancies.filter(({ key }) => key === planted.differing || key === planted.unended);
    return ours.map(({ kind, status, repair }) => `${kind} ${status} ${repair?.name ?? '-'}`);
  };

  it('finds in a dry run what a run would find, and requests nothing', async () => {
    const { json } = await ops<ReconciliationRun>('reconcile', '--date', planted.date, '--dry-run');
    expect(json).toMatchObject({ dryRun: true, status: 'completed', repairs: 0 });
    expect(await statuses()).toEqual([]);
    expect(await statuses('--all', '--date', planted.date)).toEqual([
      'amount-differs dry-run -',
      'order-never-ended dry-run -',
    ]);
  });

  it('compares a day, requests the repairs that are safe, and lists what was found', async () => {
    const { json } = await ops<ReconciliationRun>('reconcile', '--date', planted.date);
    expect(json).toMatchObject({ status: 'completed', repairs: 1 });
    expect(await statuses()).toEqual(['amount-differs open -', 'order-never-ended repairing resume-order']);
    const { json: shown } = await ops<Discrepancy>('reconcile', 'show', `amount-differs#${planted.differing}`);
    expect(shown.sides).toMatchObject({
      orders: [{ amount: { amount: 2_400 } }],
      payments: [{ amount: { amount: 2_400 } }],
      settlement: [{ amount: { amount: 2_500 } }],
    });
  });

  it('refuses a day that is not closed, and names when it can be compared', async () => {
    const tomorrow = addDays(planted.date, 3);
    await expect(ops('reconcile', '--date', tomorrow)).rejects.toThrow(`${tomorrow} cannot be reconciled before 20`);
  });

  it('shows days and discrepancies in the console, where an operator acknowledges one', async () => {
    const lifetime = new Lifetime();
    const { url } = await startConsole({ deployment: deployed().deployment, port: 0, lifetime });
    let browser: Browser | undefined;
    try {
      browser = await startBrowser();
      const page = await openPage(browser);
      await page.goto(`${url}reconciliation`);
      const section = page.getByRole('region', { name: `amount-differs#${planted.differing}` });
      await section.getByText('2500').waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
      await section.getByRole('textbox', { name: 'Reason' }).fill('Agreed with the customer.');
      await section.getByRole('button', { name: 'Acknowledge' }).click();
      await section.waitFor({ state: 'detached' });
    } finally {
      await browser?.close();
      await lifetime.end();
    }
    const { json } = await ops<Discrepancy>('reconcile', 'show', `amount-differs#${planted.differing}`);
    expect(json).toMatchObject({ status: 'acknowledged', acknowledged: { reason: 'Agreed with the customer.' } });
  });

  it('refuses to acknowledge without a reason, or what is acknowledged already', async () => {
    const id = `amount-differs#${planted.differing}`;
    await expect(ops('reconcile', 'acknowledge', id)).rejects.toThrow('--reason');
    await expect(ops('reconcile', 'acknowledge', id, '--reason', 'again')).rejects.toThrow('is acknowledged');
  });
});
