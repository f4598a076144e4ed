import { onceFor } from '../aws/once';

/** A calendar day of a time zone. It has 23 or 25 hours when clocks change. */
export interface BusinessDay {
  /** `YYYY-MM-DD` */
  readonly date: string;
  /** Its first moment. */
  readonly from: Date;
  /** The first moment of the next day. */
  readonly to: Date;
}

const HOUR = 60 * 60 * 1_000;

/** Returns the date of a moment in a time zone, `YYYY-MM-DD`. @throws RangeError when the time zone is unknown */
export function dateIn(timeZone: string, at: Date): string {
  return calendarOf(timeZone).format(at);
}

/** Returns a day with its bounds in a time zone. */
export function businessDay(date: string, timeZone: string): BusinessDay {
  return { date, from: startOf(date, timeZone), to: startOf(addDays(date, 1), timeZone) };
}

/** Returns the last day that ended at least a grace period ago, so that late facts have arrived. @param grace in milliseconds */
export function lastClosedDate(now: Date, timeZone: string, grace: number): string {
  return addDays(dateIn(timeZone, new Date(now.getTime() - grace)), -1);
}

/** Adds days to a date. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(date) + days * 24 * HOUR).toISOString().slice(0, 10);
}

/** Finds the first moment of a date by bisection: some zones skip midnight when their clocks change. */
function startOf(date: string, timeZone: string): Date {
  const calendar = calendarOf(timeZone);
  // Time zones are between UTC-12 and UTC+14.
  let before = Date.parse(date) - 15 * HOUR;
  let after = Date.parse(date) + 13 * HOUR;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (calendar.format(middle) < date) before = middle;
    else after = middle;
  }
  return new Date(after);
}

/** Formats dates as ISO 8601 does, which is the Swedish way. Creating a format takes longer than using it a hundred times. */
const calendarOf = onceFor(
  (timeZone: string) =>
    new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }),
);
