import { Failure, UsageError } from '../../../cli/failure';
import { acknowledgeOne, compareAgain, viewReconciliation } from '../../../console/server/reconciliation';
import { reconcileList } from '../../../ops/commands/reconcile';
import { acknowledge, chooseReconciler, runReconciliation } from '../../../ops/reconciliation';
import { Ledger } from '../reconciliation/ledger';
import { ARN, deploymentOf } from './ledger-deployment';

const DATE = '2026-03-29';
const waiting = { sleep: async () => {} };

/** A ledger with one difference, that of the key `a`, and what operators see of it. */
function ledgerOf(receive?: (body: string) => Promise<void>) {
  const ledger = new Ledger('2026-03-31T12:00:00Z');
  ledger.ours.push({ key: 'a', amount: 100, at: '2026-03-29T10:00:00Z' });
  const deployment = deploymentOf(ledger, receive);
  const reconciler = chooseReconciler(deployment, undefined);
  const run = (date?: string) =>
    runReconciliation(deployment, reconciler, { dryRun: false, ...(date !== undefined && { date }) }, waiting);
  const accept = (given: { id?: string; reason?: string; by?: string }) =>
    acknowledge(deployment, reconciler, { id: 'surplus#a', reason: 'A gift.', ...given }, waiting);
  const list = (values: object = {}) => {
    const notes: string[] = [];
    const context = { deployment, now: () => ledger.world.now, note: (text: string) => notes.push(text) };
    return reconcileList.run({ values, words: [] }, context as never).then((result) => ({ ...result, notes }));
  };
  return { ledger, deployment, run, accept, list };
}

describe('reconcile', () => {
  it('compares a day and returns its run', async () => {
    expect(await ledgerOf().run(DATE)).toMatchObject({ date: DATE, status: 'completed', counts: { surplus: 1 } });
  });

  it('refuses a day that is not closed, and names when it can be compared', async () => {
    const refused = ledgerOf().run('2026-03-31');
    await expect(refused).rejects.toThrow(Failure);
    await expect(refused).rejects.toThrow(
      '2026-03-31 cannot be reconciled before 2026-04-01T04:00:00.000Z: wait for late facts.',
    );
    await expect(ledgerOf().run('9999-12-31')).rejects.toThrow('only days from 1970-01-01 to 9998-12-31 can');
  });

  it.each(['1969-12-31', '2026-02-30', '2026-3-1', 'yesterday', ''])(
    'sends nothing for "%s", which is no day',
    async (date) => {
      const { ledger, run } = ledgerOf();
      await expect(run(date)).rejects.toThrow(UsageError);
      expect(ledger.published('ReconciliationDue')).toEqual([]);
      expect(ledger.world.store.items('records')).toEqual([]);
    },
  );

  it('does not wait for ever for a request that is not processed', async () => {
    const lost = async () => {};
    const why = /ledger.reconcile has not processed the request within 120 seconds/;
    await expect(ledgerOf(lost).run(DATE)).rejects.toThrow(why);
  });

  it('does not wait for ever for a run that does not end', async () => {
    const ledger = new Ledger('2026-03-31T12:00:00Z');
    const stopped = deploymentOf(ledger, (body) => ledger.receive(body, 1));
    const run = runReconciliation(
      stopped,
      chooseReconciler(stopped, undefined),
      { date: DATE, dryRun: false },
      waiting,
    );
    await expect(run).rejects.toThrow('Run 1 of 2026-03-29 is still under way after 60 minutes, and goes on');
  });
});

describe('reconcile acknowledge', () => {
  it('records the operator and the identity of the credentials', async () => {
    const { run, accept } = ledgerOf();
    await run(DATE);
    expect(await accept({ by: 'Ada' })).toMatchObject({
      status: 'acknowledged',
      acknowledged: { by: `Ada (${ARN})`, reason: 'A gift.' },
    });
  });

  it.each([
    ['an empty name', { by: '' }],
    ['a blank name', { by: ' ' }],
    ['an empty reason', { reason: ' ' }],
    ['a reason that is too long', { reason: 'x'.repeat(501) }],
  ])('refuses %s', async (_, given) => {
    const { run, accept, ledger } = ledgerOf();
    await run(DATE);
    await expect(accept(given)).rejects.toThrow(UsageError);
    expect(ledger.discrepancies()).toMatchObject([{ status: 'open' }]);
  });

  it('fails when the discrepancy was resolved in the meantime', async () => {
    const { ledger, run, deployment } = ledgerOf();
    await run(DATE);
    const late = deploymentOf(ledger, async (body) => {
      ledger.ours.splice(0);
      await ledger.take({ step: 'start', date: DATE, again: true }, 'meanwhile');
      await ledger.receive(body);
    });
    const accepted = acknowledge(
      late,
      chooseReconciler(deployment, undefined),
      { id: 'surplus#a', reason: 'A gift.' },
      waiting,
    );
    await expect(accepted).rejects.toThrow('surplus#a was not acknowledged: it is resolved');
  });
});

describe('a run that has lost a message', () => {
  async function withLostRun() {
    const shown = ledgerOf();
    await shown.ledger.take({ step: 'start', date: DATE }, 'one', 1);
    shown.ledger.loseSteps();
    return shown;
  }

  it('is listed as stuck after a day', async () => {
    const { ledger, list } = await withLostRun();
    expect(await list()).toMatchObject({ text: 'There are no discrepancies.', json: { stuck: [] } });
    ledger.world.wait(24 * 60 * 60);
    const { text, json } = await list();
    expect(text).toBe(
      'There are no discrepancies.\n' +
        'Run 1 of 2026-03-29 is stuck since 2026-03-31T12:00:00.000Z: correct the cause of its dead letters, then compare the day again.',
    );
    expect(json).toMatchObject({ stuck: [{ date: DATE, pass: 1 }] });
    const report = await list({ csv: true });
    expect(report.text).not.toContain('stuck');
    expect(report.notes.join()).toContain('is stuck since');
  });

  it('is shown as stuck in the console', async () => {
    const { ledger, deployment } = await withLostRun();
    ledger.world.wait(24 * 60 * 60);
    const view = await viewReconciliation(deployment, [], { personal: false, now: ledger.world.now });
    expect(view.days).toMatchObject([{ date: DATE, status: 'stuck' }]);
  });

  it('is replaced by a further run', async () => {
    const { ledger, run, list } = await withLostRun();
    ledger.world.wait(24 * 60 * 60);
    expect(await run(DATE)).toMatchObject({ pass: 2, status: 'completed' });
    expect((await list()).json).toMatchObject({ stuck: [] });
  });
});

describe('the console', () => {
  it('answers before a request is processed', async () => {
    const { ledger, deployment } = ledgerOf();
    await ledger.take({ step: 'start', date: DATE }, 'one');
    const lost = deploymentOf(ledger, async () => {});
    const impatient = { sleep: async () => {}, patienceSeconds: 0 };
    expect(await acknowledgeOne(lost, { id: 'surplus#a', reason: 'A gift.' }, impatient)).toEqual({
      text: 'The acknowledgement of surplus#a is under way.',
    });
    expect(await compareAgain(lost, { date: DATE }, impatient)).toEqual({ text: 'The comparison is under way.' });
    expect(await acknowledgeOne(deployment, { id: 'surplus#a', reason: 'A gift.' })).toEqual({
      text: 'surplus#a is acknowledged.',
    });
  });

  it('lists no day that was refused', async () => {
    const { run, deployment } = ledgerOf();
    await run('2026-03-31').catch(() => {});
    expect((await viewReconciliation(deployment, [], { personal: false })).days).toEqual([]);
  });
});
