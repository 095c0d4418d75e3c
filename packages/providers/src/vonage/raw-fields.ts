/** Reading a webhook's fields: what is there in the right shape and of a sane length, else undefined. */

/** Statuses and ids are UUIDs at most; what is longer is not passed on. */
const RAW_MAX_CHARS = 64;

/** A short word or number as text: statuses, codes, ids. */
export function shortText(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && text.length > 0 && text.length <= RAW_MAX_CHARS ? text : undefined;
}

/** ISO 8601 to ms. */
export function timeMs(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) || ms < 0 ? undefined : ms;
}

/** A decimal amount with its currency. */
export function money(amount: unknown, currency: unknown): { amount: string; currency: string } | undefined {
  const text = shortText(amount);
  if (text === undefined || !/^\d{1,9}(\.\d{1,12})?$/.test(text)) return undefined;
  return typeof currency === 'string' && /^[A-Z]{3}$/.test(currency) ? { amount: text, currency } : undefined;
}

/** The object without its undefined fields, as `exactOptionalPropertyTypes` wants them. */
export function present<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
