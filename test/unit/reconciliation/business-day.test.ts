import { addDays, businessDay, dateIn, lastClosedDate } from '../../../lambdas/runtime/reconciliation/business-day';

const HOUR = 60 * 60 * 1_000;

describe('a business day', () => {
  it.each([
    ['2026-01-15', 'Europe/Berlin', 24, '2026-01-14T23:00:00.000Z'],
    ['2026-03-29', 'Europe/Berlin', 23, '2026-03-28T23:00:00.000Z'],
    ['2026-10-25', 'Europe/Berlin', 25, '2026-10-24T22:00:00.000Z'],
    // Clocks skipped midnight.
    ['2018-11-04', 'America/Sao_Paulo', 23, '2018-11-04T03:00:00.000Z'],
    ['2026-01-15', 'Pacific/Kiritimati', 24, '2026-01-14T10:00:00.000Z'],
  ])('%s in %s has %i hours', (date, timeZone, hours, from) => {
    const day = businessDay(date, timeZone);
    expect((day.to.getTime() - day.from.getTime()) / HOUR).toBe(hours);
    expect(day.from.toISOString()).toBe(from);
  });

  it('begins when the one before ends, all year', () => {
    for (let date = '2026-01-01'; date < '2027-01-01'; date = addDays(date, 1)) {
      const { from, to } = businessDay(date, 'Europe/Berlin');
      expect(businessDay(addDays(date, 1), 'Europe/Berlin').from).toEqual(to);
      expect(dateIn('Europe/Berlin', from)).toBe(date);
      expect(dateIn('Europe/Berlin', new Date(to.getTime() - 1))).toBe(date);
    }
  });

  it('closes after its grace period', () => {
    const closed = (now: string) => lastClosedDate(new Date(now), 'Europe/Berlin', 6 * HOUR);
    expect(closed('2026-01-16T04:59:59Z')).toBe('2026-01-14');
    expect(closed('2026-01-16T05:00:00Z')).toBe('2026-01-15');
  });
});
