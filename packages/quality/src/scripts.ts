import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { BaseError } from '@watchword/contracts';
import type { Cluster, Redis } from 'ioredis';

export type RedisConnection = Redis | Cluster;

/** Shared parts of each script. Each `.lua` file's header is its contract. */
const SCRIPTS = {
  fold: ['add'],
  coarsen: ['add'],
  take: [],
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

const source = (name: string): string => readFileSync(new URL(`scripts/${name}.lua`, import.meta.url), 'utf8');
const SOURCES = Object.fromEntries(
  Object.entries(SCRIPTS).map(([name, parts]) => {
    const lua = [...parts.map((part) => source(`_${part}`)), source(name)].join('\n');
    return [name, { lua, sha: hash('sha1', lua) }];
  }),
) as Record<ScriptName, { lua: string; sha: string }>;

/** Redis answers in well under a millisecond or is in trouble; a second lets a restart pass. */
const RETRY_MS = 1_000;

/**
 * Runs scripts on a connection: EVALSHA, and EVAL where the server does not know it. Not by `defineCommand`: a connection that pipelines by
 * itself ends the process where a command is defined while others wait in its pipeline, as they do when several services share one.
 */
export function createScriptRunner(redis: RedisConnection): RunQualityScript {
  return async (name, keys, args) => {
    const { lua, sha } = SOURCES[name];
    return carriedOut(
      name,
      redis.evalsha(sha, keys.length, ...keys, ...args).catch(async (error: unknown) => {
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
        return redis.eval(lua, keys.length, ...keys, ...args);
      }),
    );
  };
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
