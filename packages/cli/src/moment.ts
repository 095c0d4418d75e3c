/** A point in time as a person gives it at a command line: so long ago, or a date. */
export type Moment = { agoMs: number } | { atMs: number };

const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^([1-9]\d{0,5})([smhd])$/;
/** ISO 8601: a day, which begins in UTC, or a time with its zone. Without one it would be another time on every machine. */
const DATE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;

/** @returns milliseconds; NaN for what is no time such as 90s, 30m, 2h or 1d */
export function parseDuration(text: string): number {
  const match = DURATION.exec(text);
  return match ? Number(match[1]) * UNITS_MS[match[2] as keyof typeof UNITS_MS] : Number.NaN;
}

/** @throws Error naming the option and what it takes */
export function parseMoment(option: string, text: string): Moment {
  const agoMs = parseDuration(text);
  if (!Number.isNaN(agoMs)) return { agoMs };
  const atMs = DATE.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(atMs)) return { atMs };
  throw new Error(
    `${option} must be so long ago, such as 90s, 30m, 2h or 7d, a day such as 2026-11-23 (UTC), or a time such as 2026-11-23T09:30Z`,
  );
}

/** @returns milliseconds since 1970 */
export function resolveMoment(moment: Moment, nowMs: number): number {
  return 'atMs' in moment ? moment.atMs : nowMs - moment.agoMs;
}
