import { pace } from '../../../ops/pace';
import { columns, printable, shorten } from '../../../ops/text';
import { formatAge, parseTime } from '../../../ops/times';
import { UsageError } from '../../../ops/usage';

describe('a table', () => {
  it('has words to the left and numbers to the right', () => {
    expect(
      columns(
        ['queue', 'dead'],
        [
          ['a', 1],
          ['long-name', 12],
          ['b', '-'],
        ],
      ),
    ).toBe(['queue       dead', 'a              1', 'long-name     12', 'b              -'].join('\n'));
  });
});

describe('text of others', () => {
  it('cannot take over the terminal', () => {
    expect(printable('\u001b[2J\u0007\u009b\u202e\nörder 注文')).toBe(
      '\\u001b[2J\\u0007\\u009b\\u202e\\u000aörder 注文',
    );
  });

  it('is not cut within a character', () => {
    expect(shorten('ab😀cd', 4)).toBe('ab\ufffd…');
    expect(shorten('abcd', 4)).toBe('abcd');
  });
});

describe('a time', () => {
  const NOW = new Date('2026-01-31T12:00:00Z');

  it.each([
    ['90s', '2026-01-31T11:58:30.000Z'],
    ['15m', '2026-01-31T11:45:00.000Z'],
    ['2h', '2026-01-31T10:00:00.000Z'],
    ['7d', '2026-01-24T12:00:00.000Z'],
    ['2026-01-30', '2026-01-30T00:00:00.000Z'],
    ['2026-01-30T10:30', '2026-01-30T10:30:00.000Z'],
    ['2026-01-30T10:30:15.250Z', '2026-01-30T10:30:15.250Z'],
    ['2026-01-30T10:30+02:00', '2026-01-30T08:30:00.000Z'],
  ])('may be "%s"', (text, time) => {
    expect(parseTime('--since', text, NOW).toISOString()).toBe(time);
  });

  it.each(['', '2', 'h', '-2h', '2 h', 'yesterday', '2026-13-01', '2026-01-30T25:00', '31.1.2026'])(
    'cannot be "%s"',
    (text) => {
      expect(() => parseTime('--since', text, NOW)).toThrow(UsageError);
    },
  );

  it.each([
    [-5, '0 s'],
    [119_000, '119 s'],
    [120_000, '2 min'],
    [7_200_000, '2 h'],
    [172_800_000, '2 d'],
  ])('%d ms ago is %s', (milliseconds, age) => {
    expect(formatAge(milliseconds)).toBe(age);
  });
});

describe('a pace', () => {
  function paced(perSecond: number) {
    const clock = { now: 0 };
    const sleep = async (milliseconds: number) => {
      clock.now += milliseconds;
    };
    return { clock, wait: pace(perSecond, () => clock.now, sleep) };
  }

  it('lets no more begin in a second than it says', async () => {
    const { clock, wait } = paced(10);
    for (let call = 0; call < 11; call++) await wait(10);
    expect(clock.now).toBe(10_000);
  });

  it('does not make up for a pause', async () => {
    const { clock, wait } = paced(10);
    await wait(10);
    clock.now = 60_000;
    await wait(10);
    await wait(10);
    expect(clock.now).toBe(61_000);
  });
});
