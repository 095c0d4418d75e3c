import { BaseError } from '@watchword/contracts';
import type { Redis } from 'ioredis';

/** Webhooks that were taken, by the id that their signature covers. */
export interface ReplayGuard {
  isReplay(provider: string, replayId: string): Promise<boolean>;
  remember(provider: string, replayId: string, forMs: number): Promise<void>;
}

/** A signature is accepted for minutes; no id needs to be remembered longer than this. */
const KEPT_MAX_MS = 3_600_000;
/** Redis takes no time of 0; clocks differ by more than that. */
const KEPT_MIN_MS = 1_000;

export function createReplayGuard(redis: Pick<Redis, 'exists' | 'set'>, namespace: string): ReplayGuard {
  const key = (provider: string, replayId: string): string => `{${namespace}replay:${provider}:${replayId}}`;
  const guard = async <T>(command: Promise<T>): Promise<T> => {
    try {
      return await command;
    } catch (cause) {
      throw new BaseError('OTP_STATE_UNAVAILABLE', 'Redis did not say whether a webhook is a replay', {
        retry: true,
        cause,
      });
    }
  };
  return {
    isReplay: async (provider, replayId) => (await guard(redis.exists(key(provider, replayId)))) === 1,
    async remember(provider, replayId, forMs) {
      const ms = Math.min(KEPT_MAX_MS, Math.max(KEPT_MIN_MS, Math.ceil(forMs)));
      await guard(redis.set(key(provider, replayId), '1', 'PX', ms));
    },
  };
}
