import { UsageError } from '../../../cli/failure';
import { throttle } from '../../../ops/throttle';
import { formatAge, parseTime } from '../../../ops/times';

describe('a time on the command line', () => {
  const NOW = new Date('2026-01-31T12:00:00Z');

  it.each([
    ['90s', '2026-01-31T11:58:30.000Z'],
    ['15m', '2026-01-31T11:45:00.000Z'],
    ['2h', '2026-01-31T10:00:00.000Z'],
    ['7d', '2026-01-24T12:00:00.000Z'],
    ['2026-01-30', '2026-01-30T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2026-01-30T10:30', '2026-01-30T10:30:00.000Z'],
    ['2026-01-30T10:30:15.250Z', '2026-01-30T10:30:15.250Z'],
    ['2026-01-30T10:30+02:00', '2026-01-30T08:30:00.000Z'],
  ])('may be "%s"', (text, time) => {
    expect(parseTime('--since', text, NOW).toISOString()).toBe(time);
  });

  it.each([
    ...['', '2', 'h', '-2h', '2 h', 'yesterday', '31.1.2026'],
    ...['2026-13-01', '2026-02-30', '2026-02-29T10:00', '2026-04-31', '2026-00-10', '2026-01-00'],
    ...['2026-01-30T25:00', '2026-01-30T10:61', '2026-01-30T10:30+99:00'],
  ])('is refused as "%s"', (text) => {
    expect(() => parseTime('--since', text, NOW)).toThrow(UsageError);
    expect(() => parseTime('--since', text, NOW)).toThrow(`--since: "${text}" is not a time. Use an age such as 90s`);
  });

  it.each(['99999999999d', '30000d', '1969-12-31'])('is refused as "%s", which is before 1970', (text) => {
    expect(() => parseTime('--since', text, NOW)).toThrow(UsageError);
    expect(() => parseTime('--since', text, NOW)).toThrow(`--since: "${text}" is before 1970.`);
  });
});

describe('an age', () => {
  it.each([
    [-5, '0 s'],
    [119_000, '119 s'],
    [120_000, '2 min'],
    [7_200_000, '2 h'],
    [172_800_000, '2 d'],
  ])('of %d ms is shown as %s', (milliseconds, age) => {
    expect(formatAge(milliseconds)).toBe(age);
  });
});

describe('a throttle', () => {
  function throttled(perSecond: number) {
    const clock = { now: 0 };
    const sleep = async (milliseconds: number) => {
      clock.now += milliseconds;
    };
    return { clock, wait: throttle(perSecond, () => clock.now, sleep) };
  }

  it('starts at most as many pieces per second as allowed', async () => {
    const { clock, wait } = throttled(10);
    for (let call = 0; call < 11; call++) await wait(10);
    expect(clock.now).toBe(10_000);
  });

  it('does not exceed the rate after a pause', async () => {
    const { clock, wait } = throttled(10);
    await wait(10);
    clock.now = 60_000;
    await wait(10);
    await wait(10);
    expect(clock.now).toBe(61_000);
  });
});
