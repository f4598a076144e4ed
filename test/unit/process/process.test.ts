import { drawProcess } from '../../../lambdas/runtime/process/draw';
import { advance, type FactTimes, factsOf, withFacts } from '../../../lambdas/runtime/process/facts';
import { defineProcess, type FactOf, holds } from '../../../lambdas/runtime/process/process';
import { permutations, withDuplicates } from '../../support/permutations';

/** A visit that is confirmed when it is booked and paid, and refunded when it is cancelled. */
const visit = defineProcess({
  arrivals: {
    Booked: { all: [] },
    Paid: { all: ['Booked'] },
    Cancelled: { all: ['Booked'], none: ['Visited'] },
    Visited: { all: ['Confirmed'] },
    MoneyReturned: { all: ['Paid', 'VisitRefused'] },
  },
  decisions: [
    { decide: 'VisitRefused', all: ['Booked', 'Cancelled'], none: ['Confirmed'] },
    { decide: 'Confirmed', all: ['Booked', 'Paid'], none: ['Cancelled'] },
  ],
  statuses: [
    { status: 'visited', all: ['Visited'], final: true },
    {
      status: 'refusing',
      all: ['VisitRefused'],
      waits: [{ for: ['MoneyReturned'], from: ['VisitRefused'] }],
      whenDone: 'refused',
    },
    { status: 'confirmed', all: ['Confirmed'], waits: [{ for: ['Visited'], from: ['Confirmed'] }] },
    { status: 'open', all: [], waits: [{ for: ['Paid'], from: [] }] },
  ],
  steps: [{ step: 'returnMoney', all: ['Paid', 'VisitRefused'], none: ['MoneyReturned'] }],
});
type Fact = FactOf<typeof visit>;

/** Returns the facts and decisions after arrivals in this order. */
function after(...arrivals: ('Booked' | 'Paid' | 'Cancelled' | 'Visited' | 'MoneyReturned')[]) {
  let facts: FactTimes<Fact> = {};
  const taken: string[] = [];
  for (const [index, arrival] of arrivals.entries()) {
    const step = advance(visit, facts, [arrival], { at: `at ${index}`, now: `now ${index}` });
    facts = step.facts;
    taken.push(...step.decisions);
  }
  return { facts, taken, known: factsOf(facts) };
}

test('takes the same decisions in every order of arrival', () => {
  for (const path of [['Booked', 'Paid', 'Visited'] as const, ['Booked', 'Paid', 'Booked', 'Paid'] as const]) {
    const outcomes = new Set<string>();
    for (const doubled of withDuplicates([...path])) {
      for (const order of permutations(doubled)) {
        const { known, taken } = after(...order);
        outcomes.add(`${visit.status(known)}: ${taken.join()}`);
      }
    }
    expect(outcomes.size).toBe(1);
  }
});

test('takes only the first of two decisions that exclude each other, whatever arrives later', () => {
  const [kept, refused] = [after('Booked', 'Paid', 'Cancelled'), after('Booked', 'Cancelled', 'Paid')];
  expect([kept.taken, visit.status(kept.known)]).toEqual([['Confirmed'], 'confirmed']);
  expect([refused.taken, visit.status(refused.known)]).toEqual([['VisitRefused'], 'refusing']);
});

test('takes the first decision of the table if several that exclude each other are possible', () => {
  const { decide } = defineProcess({
    arrivals: { Accepted: { all: [] }, Declined: { all: [] } },
    decisions: [
      { decide: 'Closed', all: ['Declined'], none: ['Opened'] },
      { decide: 'Opened', all: ['Accepted'], none: ['Closed'] },
    ],
    statuses: [{ status: 'any', all: [] }],
  });
  expect(decide(new Set(['Accepted', 'Declined']))).toEqual(['Closed']);
  expect(decide(new Set(['Accepted', 'Opened', 'Declined']))).toEqual([]);
});

test('takes each decision once, however often facts arrive again', () => {
  expect(after('Booked', 'Paid', 'Booked', 'Paid', 'Visited', 'Visited').taken).toEqual(['Confirmed']);
});

test('takes a decision that another decision makes possible', () => {
  const chain = defineProcess({
    arrivals: { Begun: { all: [] } },
    decisions: [
      { decide: 'Second', all: ['First'] },
      { decide: 'First', all: ['Begun'] },
    ],
    statuses: [{ status: 'any', all: [] }],
  });
  expect(chain.decide(new Set(['Begun']))).toEqual(['First', 'Second']);
});

test('waits for the facts of its status, and ends when a final status or whenDone is reached', () => {
  const open = after('Booked').known;
  expect([visit.status(open), visit.waitingFor(open), visit.hasEnded(open)]).toEqual([
    'open',
    [{ for: ['Paid'], from: [] }],
    false,
  ]);
  const refusing = after('Booked', 'Cancelled', 'Paid').known;
  expect([visit.status(refusing), visit.hasEnded(refusing)]).toEqual(['refusing', false]);
  const refused = after('Booked', 'Cancelled', 'Paid', 'MoneyReturned').known;
  expect([visit.status(refused), visit.waitingFor(refused), visit.hasEnded(refused)]).toEqual(['refused', [], true]);
  expect(visit.hasEnded(after('Booked', 'Paid', 'Visited').known)).toBe(true);
});

test('names the next step until its fact is known', () => {
  expect(visit.nextStep(after('Booked').known)).toBeUndefined();
  expect(visit.nextStep(after('Booked', 'Cancelled', 'Paid').known)).toBe('returnMoney');
  expect(visit.nextStep(after('Booked', 'Cancelled', 'Paid', 'MoneyReturned').known)).toBeUndefined();
});

test('keeps the time at which a fact was first known', () => {
  expect(after('Booked', 'Paid', 'Booked').facts).toEqual({ Booked: 'at 0', Paid: 'at 1', Confirmed: 'now 1' });
  expect(withFacts({ Paid: 'early' }, ['Paid', 'Booked'], 'late')).toEqual({ Paid: 'early', Booked: 'late' });
});

test('compiles only with facts and decisions of its tables', () => {
  defineProcess({
    arrivals: { Begun: { all: [] } },
    // @ts-expect-error: the fact is misspelt
    decisions: [{ decide: 'Done', all: ['Begunn'] }],
    statuses: [{ status: 'any', all: [] }],
  });
  // @ts-expect-error: the process has no such fact
  expect(visit.status(new Set<Fact | 'Stolen'>(['Booked', 'Stolen']))).toBe('open');
});

test('rejects facts that no status covers', () => {
  const partial = defineProcess({
    arrivals: { Begun: { all: [] }, Paused: { all: [] }, Resumed: { all: [] } },
    decisions: [],
    statuses: [{ status: 'begun', all: ['Begun'] }],
  });
  expect(() => partial.status(new Set())).toThrow('No status for no facts: end "statuses" with a rule of all: [].');
  expect(() => partial.status(new Set(['Paused', 'Resumed']))).toThrow('No status for Paused, Resumed: end');
});

test.each<[all: Letter[], any: Letter[] | undefined, none: Letter[] | undefined, facts: Letter[], expected: boolean]>([
  [[], undefined, undefined, [], true],
  [['A', 'B'], undefined, undefined, ['A'], false],
  [['A', 'B'], undefined, undefined, ['A', 'B', 'C'], true],
  [[], ['A', 'B'], undefined, ['C'], false],
  [[], ['A', 'B'], undefined, ['B'], true],
  [[], undefined, ['A', 'B'], ['B'], false],
  [[], undefined, ['A', 'B'], ['C'], true],
  [['A'], ['B', 'C'], ['D'], ['A', 'C'], true],
  [['A'], ['B', 'C'], ['D'], ['A', 'C', 'D'], false],
])('finds that all %j, any %j and none %j of %j is %j', (all, any, none, facts, expected) => {
  expect(holds({ all, any, none }, new Set(facts))).toBe(expected);
});
type Letter = 'A' | 'B' | 'C' | 'D';

test('ends a wait with any of its facts, and a status without waits only if it is final', () => {
  const talk = defineProcess({
    arrivals: { Asked: { all: [] }, Agreed: { all: ['Asked'] }, Refused: { all: ['Asked'] }, Dropped: { all: [] } },
    decisions: [],
    statuses: [
      { status: 'dropped', all: ['Dropped'] },
      { status: 'asking', all: ['Asked'], waits: [{ for: ['Agreed', 'Refused'], from: [] }] },
      { status: 'silent', all: [] },
    ],
  });
  expect(talk.waitingFor(new Set(['Asked']))).toHaveLength(1);
  for (const facts of [['Asked', 'Refused'], ['Dropped'], []] as const) {
    expect([talk.waitingFor(new Set(facts)), talk.hasEnded(new Set(facts))]).toEqual([[], false]);
  }
  expect(talk.nextStep(new Set(['Asked']))).toBeUndefined();
  expect(drawProcess(talk, 'silent')).toBe(
    [
      'stateDiagram-v2',
      '    [*] --> asking : Asked',
      '    [*] --> dropped : Dropped',
      '    asking --> dropped : Dropped',
    ].join('\n'),
  );
});

test('draws all arrivals that lead from one status to another, in alphabetical order', () => {
  const door = defineProcess({
    arrivals: { Pushed: { all: [] }, Kicked: { all: [] }, Pulled: { all: [] } },
    decisions: [],
    statuses: [
      { status: 'open', all: [], any: ['Pushed', 'Kicked', 'Pulled'], final: true },
      { status: 'closed', all: [] },
    ],
  });
  expect(drawProcess(door, 'closed')).toContain('    [*] --> open : Kicked, Pulled, Pushed\n');
});

test('draws every change of status', () => {
  expect(drawProcess(visit, 'open')).toBe(
    [
      'stateDiagram-v2',
      '    [*] --> confirmed : Paid',
      '    [*] --> refusing : Cancelled',
      '    confirmed --> visited : Visited',
      '    refusing --> refused : MoneyReturned',
      '    visited --> [*]',
      '    refused --> [*]',
    ].join('\n'),
  );
});
