import type { Channel } from '@watchword/contracts';
import { createKeys } from './keys.ts';
import { createScriptRunner, type RedisConnection } from './scripts.ts';

/** A report counts this long: some of a dispatcher's may get lost, one that died must not be believed for long. */
export const PRESSURE_COUNTS_MS = 5_000;

/** How long OTPs of one channel wait for their send, as the largest part of its life that one has waited (0-1, or more). */
export interface Pressure {
  /** Of whatever waits, whoever's it is: no worker takes what is on the queue. */
  everyone: number;
  /** Of what waits for a tenant's turn; tenants that wait hardly at all are left out. */
  tenants: Readonly<Record<string, number>>;
}

export interface PressureReport extends Pressure {
  channel: Channel;
  instance: string;
}

/** What the dispatchers tell of their channels, and ingest reads: one small hash of its own slot. */
export function createPressureStore(redis: RedisConnection, { namespace }: { namespace: string }) {
  const run = createScriptRunner(redis);
  const key = createKeys(namespace).pressure();
  return {
    /** @throws BaseError `OTP_STATE_UNAVAILABLE` */
    async report({ channel, instance, everyone, tenants }: PressureReport): Promise<void> {
      const told: Pressure = { everyone, tenants };
      await run('reportPressure', [key], [`${channel}|${instance}`, JSON.stringify(told), PRESSURE_COUNTS_MS]);
    },

    /** @throws BaseError `OTP_STATE_UNAVAILABLE` */
    async read(): Promise<PressureReport[]> {
      const [, flat] = (await run('readPressure', [key], [PRESSURE_COUNTS_MS])) as [number, string[]];
      return Array.from({ length: flat.length / 2 }, (_, i) => {
        const field = flat[2 * i]!;
        const bar = field.indexOf('|');
        const channel = field.slice(0, bar) as Channel;
        return { channel, instance: field.slice(bar + 1), ...(JSON.parse(flat[2 * i + 1]!) as Pressure) };
      });
    },
  };
}

export type PressureStore = ReturnType<typeof createPressureStore>;
