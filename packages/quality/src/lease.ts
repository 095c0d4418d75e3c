import { qualityKeys } from './keys.ts';
import { createScriptRunner, type RedisConnection } from './scripts.ts';

/** One process at a time does what one process is enough for. */
export interface Lease {
  /** Takes it or renews it; to be called well within its time. @returns whether it is held */
  hold(): Promise<boolean>;
  /** So that the next one need not wait until it runs out. */
  yield(): Promise<void>;
}

/** @throws BaseError `OTP_STATE_UNAVAILABLE`, from every call */
export function createLease(
  redis: RedisConnection,
  options: { namespace: string; name: string; holder: string; lastsMs: number },
): Lease {
  const key = qualityKeys(options.namespace).leaseOf(options.name);
  const run = createScriptRunner(redis);
  return {
    hold: async () => (await run('hold', [key], [options.holder, options.lastsMs])) === 1,
    yield: async () => void (await run('yield', [key], [options.holder])),
  };
}
