import { connectGivenRedis, waitFor, type GivenRedis } from '@watchword/testkit';
import { createStore } from '@watchword/verification';

/**
 * Until no bucket's events are being read any more: a product that starts on an empty Redis looks for what was lost, and can
 * say of no id that there is none before it has looked. With `settled` until nothing waits for a recovery in any way.
 */
export async function untilRestored(
  given: GivenRedis,
  namespace: string,
  { settled = false, timeoutMs = 30_000 }: { settled?: boolean; timeoutMs?: number } = {},
): Promise<void> {
  const redis = connectGivenRedis(given);
  try {
    const store = createStore(redis, { namespace, owner: 'test' });
    const isOver = async (): Promise<boolean> => {
      const { lost, asked, reading, settling } = (await store.readRecovery()).buckets;
      return lost + asked + reading + (settled ? settling : 0) === 0;
    };
    await waitFor(isOver, { timeoutMs, intervalMs: 100, what: 'the end of the recovery' });
  } finally {
    redis.disconnect();
  }
}
