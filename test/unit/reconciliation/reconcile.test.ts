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

/** Takes a step, and delivers it and those that follow until all are processed. */
async function insist(ledger: Ledger, step: Parameters<Ledger['take']>[0]): Promise<void> {
  await ledger.take(step, step.date ?? '').catch(() => {});
  for (let tries = 0; ; tries++) {
    try {
      return await ledger.drain();
    } catch (error) {
      if (tries === 200) throw error;
    }
  }
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

  it('resolves what is gone in a second run, and gives the repair of what is not its grace period', async () => {
    const ledger = ledgerWith([], [entry('a'), entry('b')]);
    await ledger.take(start, 'one');
    ledger.ours.push(entry('a'));
    await ledger.take({ ...start, again: true }, 'two');
    const statuses = () => ledger.discrepancies().map(({ key, status }) => [key, status]);
    expect(statuses()).toEqual([
      ['a', 'resolved'],
      ['b', 'repairing'],
    ]);
    expect(ledger.runs()[0]).toMatchObject({ pass: 2, status: 'completed', counts: { missing: 1 }, resolved: 1 });
    ledger.world.wait(6 * 60 * 60);
    await ledger.take({ ...start, again: true }, 'three');
    expect(statuses()).toEqual([
      ['a', 'resolved'],
      ['b', 'open'],
    ]);
    expect(ledger.published('RepairRequested')).toHaveLength(2);
    expect(ledger.published('DiscrepancyFound')).toHaveLength(2);
  });

  it('repairs nothing a second time that is back after it was resolved', async () => {
    const ledger = ledgerWith([], [entry('a')]);
    await ledger.take(start, 'one');
    ledger.ours.push(entry('a'));
    await ledger.take({ ...start, again: true }, 'two');
    ledger.ours.pop();
    await ledger.take({ ...start, again: true }, 'three');
    expect(ledger.discrepancies()).toMatchObject([{ key: 'a', status: 'open' }]);
    expect(ledger.published('RepairRequested')).toHaveLength(1);
    expect(ledger.published('DiscrepancyFound')).toHaveLength(2);
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

  it.each([
    ['2026-03-31', '2026-03-31 cannot be reconciled before 2026-04-01T04:00:00.000Z: wait for late facts.'],
    ['2099-01-01', '2099-01-01 cannot be reconciled before 2099-01-02T05:00:00.000Z: wait for late facts.'],
    ['1969-12-31', '1969-12-31 cannot be reconciled: only days from 1970-01-01 to 9998-12-31 can.'],
    ['9999-12-31', '9999-12-31 cannot be reconciled: only days from 1970-01-01 to 9998-12-31 can.'],
  ])('tells an operator in the record of the run why %s is refused', async (date, refused) => {
    const ledger = ledgerWith([], []);
    await ledger.take({ step: 'start', date, again: true }, 'one');
    expect(ledger.runs()).toMatchObject([{ date, status: 'refused', pass: 0, refused }]);
    expect(ledger.world.parked).toEqual([]);
  });

  it('compares a refused day when its grace period is over', async () => {
    const ledger = ledgerWith([], []);
    await ledger.take({ step: 'start', date: '2026-03-31', again: true }, 'one');
    ledger.world.wait(24 * 60 * 60);
    await ledger.take({ step: 'start', date: '2026-03-31' }, 'two');
    expect(ledger.runs()).toMatchObject([{ status: 'completed', pass: 1 }]);
    expect(ledger.runs()[0]).not.toHaveProperty('refused');
  });

  it('replaces a run whose message is lost, when it is stuck for a day', async () => {
    const ledger = ledgerWith([], [entry('a'), entry('b')]);
    await ledger.take(start, 'one', 3);
    const [lost] = ledger.runs();
    ledger.world.wait(24 * 60 * 60 - 1);
    await ledger.take({ ...start, again: true }, 'two', 0);
    expect(ledger.runs()).toEqual([lost]);
    ledger.world.wait(1);
    // By itself, without an operator.
    await ledger.take(start, 'three');
    expect(ledger.runs()).toMatchObject([{ pass: 2, status: 'completed', counts: { missing: 2 } }]);
    expect(ledger.published('RepairRequested')).toHaveLength(2);
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

  it('opens an acknowledged discrepancy when the entries change', async () => {
    const ledger = ledgerWith([entry('a', 100)], [entry('a', 101)]);
    await ledger.take(start, 'one');
    await ledger.take({ step: 'acknowledge', id: 'amount#a', by: 'ada', reason: 'one cent' }, 'two');
    ledger.theirs.splice(0, 1, entry('a', 1_000_000));
    await ledger.take({ ...start, again: true }, 'three');
    expect(ledger.discrepancies()).toMatchObject([{ status: 'open', acknowledged: { reason: 'one cent' } }]);
    expect(ledger.published('DiscrepancyFound')).toHaveLength(2);
  });

  it.each([
    ['a reason', { by: 'ada', reason: ' ' }],
    ['an operator', { by: ' ', reason: 'a gift' }],
  ])('refuses an acknowledgement without %s', async (_, step) => {
    const ledger = ledgerWith([entry('a')], []);
    await ledger.take(start, 'one');
    await ledger.take({ step: 'acknowledge', id: 'surplus#a', ...step }, 'two').catch(() => {});
    expect(ledger.world.parked[0]?.error).toMatch(/needs a(n operator| reason)/);
    expect(ledger.discrepancies()).toMatchObject([{ status: 'open' }]);
  });

  it('records more differences than a transaction has writes, each once', async () => {
    const keys = [...'abcdefghij'].map((letter) => `0${letter}`);
    const ledger = ledgerWith(
      [],
      keys.map((key) => entry(key)),
    );
    const kinds = Array.from({ length: 30 }, (_, index) => ({ kind: `kind-${index}`, detail: 'It differs.' }));
    ledger.compareWith(() => [...kinds, ...kinds.slice(0, 2)]);
    await ledger.take(start, 'one');
    expect(ledger.runs()).toMatchObject([{ status: 'completed', entries: 10 }]);
    expect(ledger.discrepancies()).toHaveLength(300);
    expect(ledger.published('DiscrepancyFound')).toHaveLength(300);
  });

  it('gets on, key by key, although a book fails in every other call', async () => {
    const ledger = ledgerWith(
      [],
      [...'012345abcdef'].flatMap((shard) => [1, 2, 3].map((n) => entry(`${shard}${n}`))),
    );
    let calls = 0;
    ledger.beforeFind = () => {
      if (calls++ % 11 >= 6) throw new Error('no answer');
    };
    await insist(ledger, start);
    expect(ledger.runs()).toMatchObject([{ status: 'completed', entries: 36, counts: { missing: 36 } }]);
    expect(ledger.published('DiscrepancyFound')).toHaveLength(36);
    ledger.ours.push(...ledger.theirs);
    ledger.world.wait(24 * 60 * 60);
    await insist(ledger, { step: 'start', date: '2026-03-30' });
    expect(ledger.runs()[1]).toMatchObject({ status: 'completed', resolved: 36 });
    expect(ledger.discrepancies().filter(({ status }) => status !== 'resolved')).toEqual([]);
  });

  it('refuses a comparison with more differences for a key than a transaction has writes', async () => {
    const ledger = ledgerWith([], [entry('a')]);
    const kinds = Array.from({ length: 91 }, (_, index) => ({ kind: `kind-${index}`, detail: 'It differs.' }));
    ledger.compareWith(() => kinds);
    await ledger.take(start, 'one').catch(() => {});
    expect(ledger.world.parked[0]?.error).toMatch(/91 differences for the key a.*at most 90/);
  });

  it('records a key with very many entries, and shows some of them', async () => {
    const many = Array.from({ length: 300 }, (_, index) => ({ ...entry('a', index), note: 'x'.repeat(2_000) }));
    const ledger = ledgerWith([], many);
    await ledger.take(start, 'one');
    const sides = ledger.discrepancies()[0]?.sides as { ours: unknown[]; theirs: { omitted?: number }[] };
    expect(sides.ours).toEqual([]);
    expect(sides.theirs.at(-1)).toEqual({ omitted: 301 - sides.theirs.length });
    expect(sides.theirs.length).toBeGreaterThan(1);
  });

  it('refuses a book that returns an entry of another key', async () => {
    const ledger = ledgerWith([], [entry('a')]);
    ledger.reconciliation.books.ours.find = async () => [entry('b')];
    await ledger.take(start, 'one').catch(() => {});
    expect(ledger.world.parked[0]?.error).toMatch(/book ours has an entry of the key b under a/);
  });

  it('starts a day again whose start was lost', async () => {
    const ledger = ledgerWith([], []);
    await ledger.world.runScheduled(ledger.starter);
    ledger.loseSteps();
    ledger.world.wait(24 * 60 * 60);
    await ledger.world.runScheduled(ledger.starter);
    await ledger.drain();
    expect(ledger.runs().map(({ date }) => date)).toContain('2026-03-30');
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
