import { Cluster, type Redis } from 'ioredis';
import type { ReadinessCheck } from '../probes.ts';
import { slotOf } from './slot-of.ts';

/** A probe that is not repeated leaves nothing behind. */
const PROBE_TTL_MS = 10_000;
/**
 * Of a Cluster a master that hangs is lost, and no reason to say nothing of the others: less than the second after which readiness
 * takes a check's silence for a no.
 */
const MASTER_ANSWERS_MS = 700;
/** Keys over which a Cluster's masters are looked for: as many as there are buckets, so one is missed only if it has hardly any. */
const SPREAD = 256;

/**
 * A write, not a PING: a replica that was promoted away from us, or a full Redis, answers PING all the same. Of a Cluster
 * each master is written to. A lost one does not take the process out of service, for the others' verifications go on
 * here as anywhere; only where none takes a write is it not ready.
 *
 * @param onMasters told how many masters there are and how many of them took no write
 */
export function checkRedis(
  redis: Redis | Cluster,
  options: { namespace: string; instance: string; onMasters?: (figures: { masters: number; lost: number }) => void },
): ReadinessCheck {
  const { namespace, instance } = options;
  const write = async (key: string): Promise<void> => void (await redis.set(key, '1', 'PX', PROBE_TTL_MS));
  if (!(redis instanceof Cluster)) {
    return async () => {
      await write(`{${namespace}ready}:${instance}`);
      return { ready: true };
    };
  }
  const probes = Array.from({ length: SPREAD }, (_, i) => `{${namespace}ready-${i}}:${instance}`).map((key) => ({
    key,
    slot: slotOf(key),
  }));
  return async () => {
    const byMaster = new Map<string, string>();
    for (const { key, slot } of probes) {
      const master = redis.slots[slot]?.[0];
      if (master !== undefined && !byMaster.has(master)) byMaster.set(master, key);
    }
    const written = await Promise.allSettled(
      [...byMaster.values()].map((key) => within(MASTER_ANSWERS_MS, write(key))),
    );
    const faults = written.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    options.onMasters?.({ masters: byMaster.size, lost: faults.length });
    if (byMaster.size === 0) return { ready: false, reason: 'the slots of the Cluster are not known' };
    if (faults.length === byMaster.size) throw faults[0];
    return faults.length === 0
      ? { ready: true }
      : { ready: true, degraded: `${faults.length} of ${byMaster.size} masters take no writes` };
  };
}

async function within(limitMs: number, work: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer in ${limitMs} ms`)), limitMs);
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
