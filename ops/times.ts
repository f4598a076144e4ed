import { UsageError } from './usage';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time as operators write it: how long ago (`90s`, `15m`, `2h`, `7d`), or ISO 8601; without a zone it is UTC. */
export function parseTime(option: string, text: string, now: Date): Date {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return new Date(now.getTime() - Number(count) * (UNITS[unit] ?? 0));
  const [, date, time, zone] =
    /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  const at = new Date(`${date}T${time ?? '00:00'}${zone ?? 'Z'}`);
  if (date === undefined || Number.isNaN(at.getTime())) {
    throw new UsageError(
      `${option} must be an age such as 90s, 15m, 2h or 7d, or a time such as 2026-01-31T12:00Z, not "${text}"`,
    );
  }
  return at;
}

/** A time that may be left out. */
export function optionalTime(option: string, text: string | undefined, now: Date): Date | undefined {
  return text === undefined ? undefined : parseTime(option, text, now);
}

/** An age in one unit, for people: `45 s`, `12 min`, `5 h`, `3 d`. */
export function formatAge(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1_000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 120 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3_600) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
