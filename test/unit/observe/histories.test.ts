import { checkQueue, findSharedIds, type QueueHistory, StatusHistory } from '../../../observe/histories';

const NOTHING = { lost: [], repeated: [], unexpected: [] };

describe('the checker of what was accepted and what happened', () => {
  const good: Record<string, QueueHistory> = {
    'without anything': { attempted: [], accepted: [], effects: [] },
    'in which everything happened once, in any order': {
      attempted: ['a', 'b'],
      accepted: ['a', 'b'],
      effects: ['b', 'a'],
    },
    'in which a request was accepted twice under its id': { attempted: ['a'], accepted: ['a', 'a'], effects: ['a'] },
    'in which a request without an answer had an effect': { attempted: ['a'], accepted: [], effects: ['a'] },
    'in which a request without an answer had none': { attempted: ['a'], accepted: [], effects: [] },
  };
  it.each(Object.entries(good))('passes a history %s', (_, history) => {
    expect(checkQueue(history)).toEqual(NOTHING);
  });

  const all = ['a', 'b'];
  const bad: [string, QueueHistory, object][] = [
    ['a loss', { attempted: all, accepted: all, effects: ['a'] }, { lost: ['b'] }],
    ['the loss of everything', { attempted: all, accepted: all, effects: [] }, { lost: ['a', 'b'] }],
    [
      'a repeated effect',
      { attempted: all, accepted: all, effects: ['a', 'b', 'a', 'a'] },
      { repeated: [{ id: 'a', times: 3 }] },
    ],
    [
      'a repeated effect of a request without an answer',
      { attempted: all, accepted: ['b'], effects: ['a', 'b', 'a'] },
      { repeated: [{ id: 'a', times: 2 }] },
    ],
    ['a phantom', { attempted: all, accepted: all, effects: ['a', 'x', 'b'] }, { unexpected: ['x'] }],
    [
      'a loss that a phantom and a repeated effect hide from a count',
      { attempted: all, accepted: all, effects: ['a', 'a', 'x'] },
      { lost: ['b'], repeated: [{ id: 'a', times: 2 }], unexpected: ['x'] },
    ],
  ];
  it.each(bad)('finds %s', (_, history, findings) => {
    expect(checkQueue(history)).toEqual({ ...NOTHING, ...findings });
  });
});

describe('the checker of ids', () => {
  it('passes ids that were seen with one content each, however often', () => {
    expect(findSharedIds([['a', 'one'], ['b', 'one'], ['a', 'one']])).toEqual([]); // biome-ignore format: a table
  });

  it('finds an id with two contents, and names it once', () => {
    expect(findSharedIds([['a', 'one'], ['b', 'one'], ['a', 'two'], ['a', 'one']])).toEqual(['a']); // biome-ignore format: a table
  });
});

describe('the checker of statuses', () => {
  const NEXT = { placed: ['paid', 'sent', 'cancelled'], paid: ['sent', 'cancelled'] };
  const seen = (...observations: [id: string, status: string][]) => {
    const history = new StatusHistory(NEXT);
    for (const [id, status] of observations) history.see(id, status);
    return history.regressions;
  };

  it('passes statuses that only advance, that repeat, and that skip some', () => {
    expect(
      seen(['a', 'placed'], ['b', 'placed'], ['a', 'placed'], ['a', 'paid'], ['b', 'sent'], ['a', 'sent']),
    ).toEqual([]);
  });

  it('finds a status that goes back', () => {
    expect(seen(['a', 'placed'], ['a', 'paid'], ['a', 'placed'])).toEqual([{ id: 'a', from: 'paid', to: 'placed' }]);
  });

  it('finds a final status that changes', () => {
    expect(seen(['a', 'sent'], ['b', 'placed'], ['a', 'cancelled'])).toEqual([
      { id: 'a', from: 'sent', to: 'cancelled' },
    ]);
  });

  it('finds a status that goes back and forth each time', () => {
    const back = { id: 'a', from: 'paid', to: 'placed' };
    expect(seen(['a', 'paid'], ['a', 'placed'], ['a', 'paid'], ['a', 'placed'])).toEqual([back, back]);
  });
});
