import { CALLBACK_REPORT_DAYS } from '../../contracts/callbacks';
import { Simulators } from '../../test/simulation/simulators';
import type { DaysOptions, SimulatedDays } from './days';
import { MISTAKES } from './mistakes';
import { sampleSource } from './source';

const HOUR = 60 * 60 * 1_000;
/** In milliseconds, for each day on which orders are placed. */
const TIMEOUT_PER_DAY = 300_000;
/** Mistakes of all kinds are made in the first few. */
const SEEDS_OF_MISTAKES = 20;

/** Days on which orders are placed: `SIMULATED_DAYS=14 npx jest sample/simulation/days` simulates two weeks. */
const DAYS = Number(process.env.SIMULATED_DAYS ?? 2);
const ORDERS_PER_DAY = 12;
const TIMEOUT = DAYS * TIMEOUT_PER_DAY;
/** A missing report of a callback is a discrepancy only after this time, which most runs do not reach. */
const itWithReports = DAYS > CALLBACK_REPORT_DAYS ? it.concurrent : it.concurrent.skip;

let simulators: Promise<Simulators<DaysOptions, SimulatedDays>> | undefined;

/** The orders that a violation is about. */
function ordersIn(violations: readonly string[]): Set<string> {
  return new Set(violations.flatMap((text) => [...text.matchAll(/order ([0-9a-f-]{36})/gi)].map(([, id = '']) => id)));
}

/** Discrepancies of orders with which nothing was wrong within hours of their discovery. */
function invented({ discrepancies, looks }: SimulatedDays): string[] {
  return discrepancies
    .filter(({ key, foundAt }) => {
      const near = looks.filter(({ at }) => Math.abs(at - Date.parse(foundAt)) <= 6 * HOUR);
      return !near.some(({ violations }) => ordersIn(violations).has(key));
    })
    .map(({ id }) => id);
}

/** What reconciliation has books for: money that is not recorded, stock and money of cancelled orders, orders that never ended. */
const SEEN_BY_BOOKS =
  /book of payments lacks|and still has|is (created|confirmed|dispatched)\.|was charged \d times by|has refunded \d of/;

/** Violations that two days could not end, and that have no discrepancy. */
function missed({ shown, looks }: SimulatedDays): string[] {
  const found = new Set(shown);
  return looks.flatMap(({ at, violations }) => {
    const later = looks.find((look) => look.at === at + 48 * HOUR);
    const lasting = violations.filter((text) => SEEN_BY_BOOKS.test(text) && later?.violations.includes(text));
    return lasting.filter((text) => ![...ordersIn([text])].some((order) => found.has(order)));
  });
}

// Concurrent tests start before beforeAll has ended, so each of them awaits the simulators.
async function run(options: Partial<DaysOptions>): Promise<SimulatedDays> {
  simulators ??= sampleSource('days.ts').then((source) => new Simulators(source));
  return (await simulators).run({ seed: 1, orders: DAYS * ORDERS_PER_DAY, days: DAYS, ...options });
}
const statuses = ({ discrepancies }: SimulatedDays) => new Set(discrepancies.map(({ status }) => status));

describe('the sample under faults for days', () => {
  afterAll(async () => (await simulators)?.stop());

  it.concurrent.each([1, 2])(
    'has no discrepancy that no fault has caused, and none that lasts: seed %i',
    async (seed) => {
      const days = await run({ seed });
      expect(days.faults).toBeGreaterThan(50);
      expect(invented(days)).toEqual([]);
      expect(missed(days)).toEqual([]);
      expect([...statuses(days)].filter((status) => status !== 'resolved')).toEqual([]);
    },
    TIMEOUT,
  );

  it.concurrent.each(['a refund is forgotten', 'a reminder is dropped', 'a payment is never recorded'] as const)(
    'shows the next day that %s',
    async (name) => {
      const days = await run({ sabotage: name });
      expect(days.discrepancies.length).toBeGreaterThan(0);
      expect(invented(days)).toEqual([]);
      expect(missed(days)).toEqual([]);
    },
    TIMEOUT,
  );

  it.concurrent(
    'shows the next day each mistake in the books of the bank, and nothing else that lasts',
    async () => {
      const made = Object.values(MISTAKES).flat();
      const unseen = new Set<string>(made.map(({ kind }) => kind));
      for (let seed = 1; unseen.size > 0 && seed <= SEEDS_OF_MISTAKES; seed++) {
        const days = await run({ seed, mistakes: true });
        const { discrepancies, mistakes } = days;
        for (const { kind, orderId, at } of mistakes) {
          const found = discrepancies.find((one) => one.kind === kind && one.key === orderId);
          expect(found).toMatchObject({ status: 'open' });
          expect(Date.parse(found?.foundAt ?? '') - at).toBeLessThan(48 * HOUR);
          unseen.delete(kind);
        }
        expect(invented(days)).toEqual([]);
        expect(missed(days)).toEqual([]);
        const wrong = new Set(mistakes.map(({ orderId }) => orderId));
        expect(discrepancies.filter(({ key, status }) => status !== 'resolved' && !wrong.has(key))).toEqual([]);
      }
      expect([...unseen]).toEqual([]);
    },
    TIMEOUT,
  );

  itWithReports(
    'shows that callbacks are not reported, when their time is over',
    async () => {
      const { discrepancies } = await run({ sabotage: 'a callback is never reported' });
      expect(new Set(discrepancies.map(({ kind }) => kind))).toContain('callback-not-reported');
    },
    TIMEOUT,
  );
});
