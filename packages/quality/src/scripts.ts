import { readFileSync } from 'node:fs';
import { BaseError } from '@watchword/contracts';
import type { Cluster, Redis } from 'ioredis';

export type RedisConnection = Redis | Cluster;

/** Shared parts of each script. The number of keys varies, so it is the first argument. Each `.lua` file's header is its contract. */
const SCRIPTS = {
  fold: ['add'],
  coarsen: ['add'],
  hold: [],
  yield: [],
  swap: [],
} as const satisfies Record<string, readonly 'add'[]>;

type ScriptName = keyof typeof SCRIPTS;
export type RunQualityScript = (
  name: ScriptName,
  keys: readonly string[],
  args: readonly (string | number)[],
) => Promise<unknown>;

/** Redis answers in well under a millisecond or is in trouble; a second lets a restart pass. */
const RETRY_MS = 1_000;

/** Loads the scripts on a connection: EVALSHA, with EVAL once where the server does not know it. */
export function loadQualityScripts(redis: RedisConnection): RunQualityScript {
  for (const [name, parts] of Object.entries(SCRIPTS)) {
    const lua = [...parts.map((part) => source(`_${part}`)), source(name)].join('\n');
    redis.defineCommand(`watchword_quality_${name}`, { lua });
  }
  const commands = redis as unknown as Record<string, (...args: (string | number)[]) => Promise<unknown>>;
  return async (name, keys, args) =>
    carriedOut(name, commands[`watchword_quality_${name}`]!(keys.length, ...keys, ...args));
}

/** @throws BaseError `OTP_STATE_UNAVAILABLE` */
export async function carriedOut<T>(operation: string, reply: Promise<T>): Promise<T> {
  try {
    return await reply;
  } catch (cause) {
    throw new BaseError('OTP_STATE_UNAVAILABLE', `Redis did not carry out ${operation}`, {
      retry: true,
      retryAfterMs: RETRY_MS,
      cause,
      context: { operation },
    });
  }
}

function source(name: string): string {
  return readFileSync(new URL(`scripts/${name}.lua`, import.meta.url), 'utf8');
}
