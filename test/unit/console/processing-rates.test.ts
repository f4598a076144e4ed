import { ProcessingRates } from '../../../console/server/processing-rates';

const rateAt = (rates: ProcessingRates, second: number) => rates.at(second * 1_000).get('depot.weigh') ?? 0;

describe('the rate of a subscriber', () => {
  test('counts the messages of ten seconds', () => {
    const rates = new ProcessingRates(0);
    for (let second = 1; second <= 30; second++) rates.count('depot.weigh', second * 1_000);
    rates.count('depot.ship', 30_000);
    expect(rateAt(rates, 30)).toBeCloseTo(1.1);
    expect(rateAt(rates, 35)).toBeCloseTo(0.6);
    expect(rateAt(rates, 41)).toBe(0);
  });

  test('is that of the time of which a late journal has all events', () => {
    const rates = new ProcessingRates(20);
    for (let second = 1; second <= 30; second++) rates.count('depot.weigh', second * 1_000);
    expect(rateAt(rates, 20)).toBe(0);
    expect(rateAt(rates, 40)).toBeCloseTo(1.1);
    expect(rateAt(rates, 61)).toBe(0);
  });
});
