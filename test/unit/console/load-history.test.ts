import { LoadHistory } from '../../../console/server/load-history';

describe('the history of the load', () => {
  test('counts events in the second in which they happened, however late they are read', () => {
    const history = new LoadHistory();
    history.count('arrived', 10_100);
    history.add({ depth: 3, inFlight: 1 }, 12_500);
    history.count('processed', 10_900);
    expect(history.points(13_000)).toEqual([
      { at: 10, arrived: 1, processed: 1 },
      { at: 11, arrived: 0, processed: 0 },
      { at: 12, arrived: 0, processed: 0, depth: 3, inFlight: 1 },
    ]);
  });

  test('keeps ten minutes', () => {
    const history = new LoadHistory();
    history.count('arrived', 1_000);
    history.count('arrived', 700_000);
    expect(history.points(1_000_000)).toHaveLength(300);
  });

  test('is empty at first', () => {
    expect(new LoadHistory().points(5_000)).toEqual([]);
  });
});
