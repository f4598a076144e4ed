import { awsPace } from '../../../bench/pace';
import { percentile } from '../../../cli/percentile';
import { Chance } from '../../simulation/random';

const durations = (name: string) => {
  const chance = new Chance(1);
  return Array.from({ length: 2_000 }, () => awsPace.call('orders.advance-order', name, chance.roll(name)));
};

test('gives each kind of call the median of its latency', () => {
  expect(percentile(durations('write order-1'), 0.5)).toBeCloseTo(16, 0);
  expect(percentile(durations('PutEvents event-1'), 0.5) / 25).toBeCloseTo(1, 1);
  expect(percentile(durations('POST /charges'), 0.5) / 150).toBeCloseTo(1, 1);
});

test('lets one call of a hundred take about three times as long', () => {
  const all = durations('write order-1');
  expect(percentile(all, 0.99) / percentile(all, 0.5)).toBeGreaterThan(2.5);
  expect(percentile(all, 0.99) / percentile(all, 0.5)).toBeLessThan(4);
});
