import type { SendWindow } from '@watchword/verification';
import type { TenantConfig } from '../config/compile.ts';

const MINUTE_MS = 60_000;

/** A tenant's limits of sends to one recipient, as the scripts take them; those that are off are left out. */
export function sendWindows(limits: TenantConfig['limits']['recipient']): SendWindow[] {
  return [
    { windowMs: 10 * MINUTE_MS, limit: limits.sendsPer10Minutes },
    { windowMs: 60 * MINUTE_MS, limit: limits.sendsPerHour },
    { windowMs: 24 * 60 * MINUTE_MS, limit: limits.sendsPerDay },
  ].filter(({ limit }) => limit > 0);
}

/** The longest of them: how long a send is remembered. */
export const LONGEST_SEND_WINDOW_MS = 24 * 60 * MINUTE_MS;
