import { deterministicId } from '../../../lambdas/runtime/events/ids';
import { type Entry, Ledger } from './ledger';

/** The day of a DST change in Berlin has 23 hours: from 23:00Z on the 28th to 22:00Z on the 29th. */
const DATE = '2026-03-29';
const entry = (key: string, amount = 100, at = '2026-03-29T10:00:00Z'): Entry => ({ key, amount, at });
const start = { step: 'start', date: DATE } as const;

function ledgerWith(ours: readonly Entry[], theirs: readonly Entry[]): Ledger {
  const ledger = new Ledger('2026-03-31T12:00:00Z');
  ledger.ours.push(...ours);
  ledger.theirs.push(...theirs);
  return ledger;
}

describe('a reconciliation', () => {
  it('reports each difference once, repairs what can be repaired, and completes', async () => {
    const ledger = ledgerWith(
      [entry('a'), entry('b'), entry('c', 1), entry('d')],
      [entry('a'), entry('c', 2), entry('d'), entry('d'), entry('e')],
    );
    await ledger.take(start, 'one');
    const found = ledger.published('DiscrepancyFound').map(({ detail }) => detail.data);
    expect(found).toHaveLength(4);
    expect(found).toContainEqual(expect.objectContaining({ kind: 'missing', key: 'e', repair: 'ask' }));
    expect(ledger.published('RepairRequested').map(({ detail }) => detail.data)).toEqual([{ key: 'e' }]);
    expect(ledger.published('ReconciliationCompleted').map(({ detail }) => detail.data)).toEqual([
      {
        date: DATE,
        pass: 1,
        entries: 9,
        counts: { surplus: 1, amount: 1, doubled: 1, missing: 1 },
        repairs: 1,
        resolved: 0,
      },
    ]);
    expect(ledger.discrepancies().find(({ key }) => key === 'c')?.sides).toEqual({
      ours: [entry('c', 1)],
      theirs: [entry('c', 2)],
    });
  });

  it('resolves what is gone in a second run, and does not repair twice what is not', async () => {
    const ledger = ledgerWith([], [entry('a'), entry('b')]);
    await ledger.take(start, 'one');
    ledger.ours.push(entry('a'));
    await ledger.take({ ...start, again: true }, 'two');
    expect(ledger.discrepancies().map(({ key, status }) => [key, status])).toEqual([
      ['a', 'resolved'],
      ['b', 'open'],
    ]);
    expect(ledger.published('RepairRequested')).toHaveLength(2);
    expect(ledger.published('DiscrepancyFound')).toHaveLength(2);
    expect(ledger.runs()[0]).toMatchObject({ pass: 2, status: 'completed', counts: { missing: 1 }, resolved: 1 });
  });

  it('takes entries on both sides of midnight for equal', async () => {
    const ledger = ledgerWith(
      [entry('a', 100, '2026-03-29T21:59:59Z'), entry('b', 100, '2026-03-28T22:59:59Z')],
      [entry('a', 100, '2026-03-29T22:00:00Z'), entry('b', 100, '2026-03-28T23:00:00Z')],
    );
    for (const date of ['2026-03-28', DATE, '2026-03-30']) await ledger.take({ step: 'start', date }, date);
    expect(ledger.discrepancies()).toEqual([]);
    expect(ledger.runs().map(({ date, entries }) => [date, entries])).toEqual([
      ['2026-03-28', 1],
      [DATE, 2],
      ['2026-03-30', 1],
    ]);
  });

  it('compares no day before its grace period is over', async () => {
    const ledger = ledgerWith([], []);
    ledger.world.now = new Date('2026-03-30T03:59:59Z');
    await ledger.take(start, 'one').catch(() => {});
    expect(ledger.runs()).toEqual([]);
    expect(ledger.world.parked[0]?.error).toMatch(/2026-03-29 cannot be reconciled before 2026-03-30T04:00:00.000Z/);
    ledger.world.now = new Date('2026-03-30T04:00:00Z');
    await ledger.take(start, 'two');
    expect(ledger.runs()).toMatchObject([{ status: 'completed' }]);
  });

  it('compares the last closed day when a step names none', async () => {
    const ledger = ledgerWith([], []);
    await ledger.take({ step: 'start' }, 'one');
    expect(ledger.runs()).toMatchObject([{ date: '2026-03-30', status: 'completed' }]);
  });

  it('does nothing while another run of the day is under way', async () => {
    const ledger = ledgerWith([], [entry('a')]);
    await ledger.take(start, 'one', 3);
    await ledger.take({ ...start, again: true }, 'two', 0);
    expect(ledger.runs()).toMatchObject([{ pass: 1, status: 'running' }]);
    await ledger.drain();
    expect(ledger.runs()).toMatchObject([{ pass: 1, status: 'completed' }]);
  });

  it('resumes at the page after a crash, with the same result', async () => {
    const keys = Array.from({ length: 400 }, (_, index) => deterministicId(index));
    const theirs = keys.map((key) => entry(key));
    const ours = theirs.filter((_, index) => index % 40 !== 0);
    const whole = ledgerWith(ours, theirs);
    await whole.take(start, 'one');
    const interrupted = ledgerWith(ours, theirs);
    await interrupted.take(start, 'one', 20);
    expect(interrupted.runs()).toMatchObject([{ status: 'running' }]);
    await interrupted.deliverAgain();
    await interrupted.drain();
    await interrupted.deliverAgain();
    const resultOf = (ledger: Ledger) => [
      ledger.runs(),
      ledger
        .discrepancies()
        .map(({ id, status }) => [id, status])
        .sort(),
      ledger.published('RepairRequested').length,
    ];
    expect(resultOf(interrupted)).toEqual(resultOf(whole));
    expect(whole.discrepancies()).toHaveLength(10);
    expect(whole.largestPage).toBeLessThanOrEqual(20);
  });

  it('changes nothing in a dry run but its own records', async () => {
    const ledger = ledgerWith([], [entry('a')]);
    await ledger.take({ ...start, dryRun: true }, 'one');
    expect(ledger.runs()).toMatchObject([{ runId: `${DATE}#dry-run`, status: 'completed', counts: { missing: 1 } }]);
    expect(ledger.discrepancies()).toMatchObject([{ status: 'dry-run' }]);
    expect(ledger.published('RepairRequested')).toEqual([]);
    expect(ledger.published('DiscrepancyFound')).toEqual([]);
  });

  it('checks what earlier days have found again, and opens what their repair did not help', async () => {
    const ledger = ledgerWith([], [entry('a'), entry('b')]);
    await ledger.take(start, 'one');
    ledger.ours.push(entry('a'));
    ledger.world.wait(24 * 60 * 60);
    await ledger.take({ step: 'start', date: '2026-03-30' }, 'two');
    expect(ledger.discrepancies()).toMatchObject([
      { key: 'a', status: 'resolved', date: DATE },
      { key: 'b', status: 'open', date: DATE },
    ]);
    expect(ledger.published('ReconciliationCompleted')[1]?.detail.data).toMatchObject({ counts: {}, resolved: 1 });
  });

  it('resolves nothing that is only on another day now', async () => {
    const ledger = ledgerWith([entry('a')], []);
    await ledger.take(start, 'one');
    ledger.ours.splice(0, 1, entry('a', 100, '2026-03-30T10:00:00Z'));
    await ledger.take({ ...start, again: true }, 'two');
    expect(ledger.discrepancies()).toMatchObject([{ kind: 'surplus', key: 'a', status: 'open' }]);
  });

  it('leaves a key with a young entry to the day of that entry', async () => {
    const ledger = ledgerWith([entry('a', 1), entry('a', 2, '2026-03-31T06:00:01Z')], [entry('a', 3)]);
    await ledger.take(start, 'one');
    expect(ledger.discrepancies()).toEqual([]);
    ledger.world.wait(24 * 60 * 60);
    await ledger.take({ step: 'start', date: '2026-03-31' }, 'two');
    expect(ledger.discrepancies()).toMatchObject([{ kind: 'amount', key: 'a', date: '2026-03-31' }]);
  });

  it('keeps an acknowledgement, with its reason, through later runs', async () => {
    const ledger = ledgerWith([entry('a')], []);
    await ledger.take(start, 'one');
    await ledger.take({ step: 'acknowledge', id: 'surplus#a', by: 'ada', reason: 'a gift' }, 'two');
    await ledger.take({ ...start, again: true }, 'three');
    expect(ledger.discrepancies()).toMatchObject([
      { status: 'acknowledged', acknowledged: { by: 'ada', reason: 'a gift' } },
    ]);
  });

  it('starts every closed day once, however often the schedule runs', async () => {
    const ledger = ledgerWith([], []);
    await ledger.world.runScheduled(ledger.starter);
    await ledger.world.runScheduled(ledger.starter);
    await ledger.drain();
    expect(ledger.runs().map(({ date, pass }) => `${date} ${pass}`)).toEqual(
      ['24', '25', '26', '27', '28', '29', '30'].map((day) => `2026-03-${day} 1`),
    );
  });

  it('finds 24 planted differences among 10,000 entries of three days, and no others', async () => {
    const at = ['2026-03-28T10:00:00Z', '2026-03-29T10:00:00Z', '2026-03-30T10:00:00Z'];
    const ours: Entry[] = [];
    const theirs: Entry[] = [];
    const planted: string[] = [];
    for (let index = 0; index < 10_000; index++) {
      const one = entry(deterministicId('order', index), index, at[index % 3]);
      const kind = index % 400 === 7 && planted.length < 24 ? planted.length % 4 : undefined;
      if (kind !== 0) ours.push(one);
      if (kind !== 1) theirs.push(kind === 3 ? { ...one, amount: index + 1 } : one);
      if (kind === 2) theirs.push(one);
      if (kind !== undefined) planted.push(`${['missing', 'surplus', 'doubled', 'amount'][kind]}#${one.key}`);
    }
    const ledger = ledgerWith(ours, theirs);
    await ledger.world.runScheduled(ledger.starter);
    await ledger.drain();
    expect(
      ledger
        .discrepancies()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(planted.sort());
    for (const { detail } of ledger.published('RepairRequested')) {
      const { key } = detail.data as { key: string };
      ledger.ours.push(...theirs.filter((one) => one.key === key));
    }
    for (const date of ['2026-03-28', DATE, '2026-03-30']) {
      await ledger.take({ step: 'start', date, again: true }, `again ${date}`);
    }
    const statuses = ledger.discrepancies().map(({ status }) => status);
    expect(statuses.filter((status) => status === 'resolved')).toHaveLength(6);
    expect(statuses.filter((status) => status === 'open')).toHaveLength(18);
  });
});
