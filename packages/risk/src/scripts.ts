import { readFileSync } from 'node:fs';
import { BaseError } from '@watchword/contracts';
import type { Cluster, Redis } from 'ioredis';

export type RedisConnection = Redis | Cluster;

/** Redis answers in well under a millisecond or is in trouble; a second lets a restart pass. */
const STATE_RETRY_MS = 1_000;

interface LimitScripts {
  chargeLimit: (key: string, limit: number, windowMs: number) => Promise<{ allowed: boolean; retryAfterMs: number }>;
  refundLimit: (key: string, limit: number, windowMs: number) => Promise<{ refunded: boolean }>;
}

/** `defineCommand` sends EVALSHA, and EVAL once where the server does not know the script yet. */
interface DefinedCommands {
  watchword_chargeLimit: (key: string, limit: number, windowMs: number) => Promise<[number, number]>;
  watchword_refundLimit: (key: string, limit: number, windowMs: number) => Promise<number>;
}

/** Loads the scripts on a connection. Their contracts are the headers of the `.lua` files. */
export function loadLimitScripts(redis: RedisConnection): LimitScripts {
  redis.defineCommand('watchword_chargeLimit', { numberOfKeys: 1, lua: source('charge-limit') });
  redis.defineCommand('watchword_refundLimit', { numberOfKeys: 1, lua: source('refund-limit') });
  const commands = redis as unknown as DefinedCommands;
  return {
    async chargeLimit(key, limit, windowMs) {
      const reply = await carriedOut('chargeLimit', commands.watchword_chargeLimit(key, limit, windowMs));
      return { allowed: reply[0] === 1, retryAfterMs: reply[1] };
    },
    async refundLimit(key, limit, windowMs) {
      const reply = await carriedOut('refundLimit', commands.watchword_refundLimit(key, limit, windowMs));
      return { refunded: reply === 1 };
    },
  };
}

async function carriedOut<T>(operation: string, reply: Promise<T>): Promise<T> {
  try {
    return await reply;
  } catch (cause) {
    throw new BaseError('OTP_STATE_UNAVAILABLE', `Redis did not carry out ${operation}`, {
      retry: true,
      retryAfterMs: STATE_RETRY_MS,
      cause,
      context: { operation },
    });
  }
}

function source(name: string): string {
  return readFileSync(new URL(`scripts/${name}.lua`, import.meta.url), 'utf8');
}
