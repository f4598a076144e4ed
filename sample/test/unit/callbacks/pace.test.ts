import { CALLBACK_REPORT_DAYS } from '../../../../contracts/callbacks';
import { delayBefore, paceOf } from '../../../../lambdas/callbacks/pace';

const SECOND = 1_000;
const HOUR = 60 * 60 * SECOND;
const standard = paceOf('prod');

describe('the schedule of callbacks', () => {
  it('has the ten attempts of Standard Webhooks', () => {
    const delays = Array.from({ length: 10 }, (_, index) => delayBefore(index + 1, standard, 0));
    expect(delays).toEqual([0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400].map((s) => s * SECOND));
    expect(delayBefore(11, standard, 0)).toBeUndefined();
  });

  it('adds up to a fifth to each delay, so that retries are spread', () => {
    expect(delayBefore(5, standard, 0.5)).toBe(2 * HOUR * 1.1);
    expect(delayBefore(5, standard, 0.999)).toBeLessThan(2 * HOUR * 1.2);
  });

  it('ends within the days in which a callback must be reported', () => {
    // No answer precedes the first attempt.
    const retryAfter = (index: number) => (index === 0 ? 0 : 24 * HOUR);
    const longest = Array.from(
      { length: 10 },
      (_, index) => delayBefore(index + 1, standard, 1, retryAfter(index)) ?? 0,
    );
    const slack = HOUR;
    const days = (longest.reduce((sum, delay) => sum + delay, slack) + standard.patience) / (24 * HOUR);
    expect(days).toBeLessThan(CALLBACK_REPORT_DAYS);
  });

  it('waits for Retry-After if that is longer', () => {
    expect(delayBefore(2, standard, 0, 60 * SECOND)).toBe(60 * SECOND);
    expect(delayBefore(5, standard, 0, 60 * SECOND)).toBe(2 * HOUR);
  });

  it('waits at most a day for Retry-After', () => {
    expect(delayBefore(2, standard, 0, 365 * 24 * HOUR)).toBe(24 * HOUR);
    expect(delayBefore(2, standard, 0, Number.POSITIVE_INFINITY)).toBe(24 * HOUR);
  });

  it('has short delays in stage local only', () => {
    expect(paceOf('local').delays).toHaveLength(standard.delays.length);
    for (const stage of ['dev', 'prod', undefined]) expect(paceOf(stage)).toBe(standard);
  });

  it('ends within the idempotency window, even with the longest Retry-After', () => {
    const waits = standard.delays.map((_, index) => delayBefore(index + 1, standard, 1, Number.POSITIVE_INFINITY) ?? 0);
    expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeLessThan(30 * 24 * HOUR);
  });
});
