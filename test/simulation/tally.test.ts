import { type FaultKind, rates } from './faults';
import { Tally } from './tally';

/** Returns the totals of one world with these kinds of faults. */
function tallyOf(kinds: readonly FaultKind[]): Tally {
  const tally = new Tally();
  const faults = kinds.map((kind) => ({ kind, step: 'a step', at: 0 }));
  tally.add({ seed: 1, size: 10, faults, redriven: 0, grouped: 0, outcomes: {}, violations: [] });
  return tally;
}

describe('the totals of many worlds', () => {
  const all = Object.keys(rates) as FaultKind[];

  it('name the kinds of faults that never occurred', () => {
    const some = all.filter((kind) => !['stopped', 'deleted late', 'stale read'].includes(kind));
    expect(tallyOf(some).missing).toBe('These kinds of faults never occurred: stopped, deleted late.');
  });

  it('name none if all occurred', () => {
    expect(tallyOf(all).missing).toBeUndefined();
  });
});
