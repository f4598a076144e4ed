import { UsageError } from '../cli/failure';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const FORMS = 'Use an age such as 90s, 15m, 2h or 7d, or a time such as 2026-01-31T12:00Z.';

/**
 * Parses a time as operators write it: an age (`90s`, `15m`, `2h`, `7d`), or ISO 8601, which is UTC without a zone.
 *
 * @throws UsageError for any other form, for a day that no calendar has, and for a time before 1970
 */
export function parseTime(option: string, text: string, now: Date): Date {
  const time = parseAge(text, now) ?? parseIso(text);
  if (time === undefined) throw new UsageError(`${option}: "${text}" is not a time. ${FORMS}`);
  // NaN, for an age beyond the range of Date, is not before 1970 either.
  if (!(time.getTime() >= 0)) throw new UsageError(`${option}: "${text}" is before 1970. ${FORMS}`);
  return time;
}

function parseAge(text: string, now: Date): Date | undefined {
  const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  return count === undefined ? undefined : new Date(now.getTime() - Number(count) * (UNITS[unit] ?? 0));
}

function parseIso(text: string): Date | undefined {
  const [, date, time = '00:00', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  // Date accepts 30 February, as 2 March.
  if (date === undefined || !isCalendarDay(date)) return undefined;
  const parsed = new Date(`${date}T${time}${zone}`);
  return Number.isNaN(parsed.getTime()) ? undefined : parsed;
}

function isCalendarDay(date: string): boolean {
  const day = new Date(`${date}T00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date);
}

/** Parses an optional time. @throws UsageError */
export function parseOptionalTime(option: string, text: string | undefined, now: Date): Date | undefined {
  return text === undefined ? undefined : parseTime(option, text, now);
}

/** Formats an age in one unit: `45 s`, `12 min`, `5 h`, `3 d`. */
export function formatAge(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1_000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 120 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3_600) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
