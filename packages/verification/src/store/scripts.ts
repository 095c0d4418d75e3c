import { readFileSync } from 'node:fs';
import { BaseError } from '@watchword/contracts';
import type { Cluster, Redis } from 'ioredis';

/** Number of keys and the shared parts of every script. Each `.lua` file's header is its contract. */
const SCRIPTS = {
  admit: { keys: 6, parts: ['outbox', 'limits'] },
  restore: { keys: 5, parts: [] },
  restoreAttempt: { keys: 3, parts: ['attempts'] },
  restoreOutcome: { keys: 2, parts: ['outbox', 'attempts', 'end'] },
  restoreCheck: { keys: 4, parts: ['outbox', 'attempts', 'end'] },
  abandon: { keys: 4, parts: [] },
  read: { keys: 2, parts: ['recovery'] },
  advance: { keys: 2, parts: [] },
  claim: { keys: 4, parts: ['attempts', 'refund', 'close', 'recovery'] },
  settle: { keys: 4, parts: ['outbox', 'attempts', 'refund'] },
  giveUp: { keys: 3, parts: ['attempts', 'refund', 'close'] },
  check: { keys: 5, parts: ['outbox', 'attempts', 'end', 'recovery'] },
  resend: { keys: 3, parts: ['limits', 'ask'] },
  next: { keys: 3, parts: ['limits', 'ask'] },
  cancel: { keys: 4, parts: ['outbox', 'attempts', 'end', 'recovery'] },
  fail: { keys: 3, parts: ['outbox', 'attempts', 'end'] },
  expire: { keys: 3, parts: ['outbox', 'attempts', 'end'] },
  foldReceipt: { keys: 2, parts: [] },
  rearm: { keys: 2, parts: [] },
  charge: { keys: 1, parts: ['limits'] },
  refund: { keys: 1, parts: [] },
  counted: { keys: 1, parts: [] },
  carry: { keys: 1, parts: [] },
  sweep: { keys: 3, parts: ['recovery', 'begin'] },
  endRecovery: { keys: 1, parts: ['recovery'] },
  askRecovery: { keys: 1, parts: [] },
  readRecovery: { keys: 1, parts: ['recovery'] },
  lookUp: { keys: 2, parts: ['recovery'] },
  callAgain: { keys: 2, parts: [] },
  reserveAnswer: { keys: 1, parts: [] },
  storeAnswer: { keys: 1, parts: [] },
  releaseAnswer: { keys: 1, parts: [] },
  heartbeat: { keys: 1, parts: [] },
  defer: { keys: 2, parts: [] },
  deferAdmitted: { keys: 1, parts: [] },
  reportPressure: { keys: 1, parts: [] },
  readPressure: { keys: 1, parts: [] },
} as const satisfies Record<
  string,
  {
    keys: number;
    parts: readonly ('outbox' | 'limits' | 'attempts' | 'end' | 'close' | 'ask' | 'refund' | 'recovery' | 'begin')[];
  }
>;

type ScriptName = keyof typeof SCRIPTS;
export type RunScript = (name: ScriptName, keys: string[], args: (string | number)[]) => Promise<unknown>;
export type RedisConnection = Redis | Cluster;

const source = (file: string): string => readFileSync(new URL(`scripts/${file}.lua`, import.meta.url), 'utf8');

/**
 * Defines the scripts on a connection (EVALSHA, with EVAL once where the server does not know it) and answers a function
 * that runs one. Faults become `OTP_STATE_UNAVAILABLE` or `OTP_STATE_BROKEN`.
 */
export function createScriptRunner(redis: RedisConnection): RunScript {
  for (const [name, { keys, parts }] of Object.entries(SCRIPTS)) {
    const lua = [source('_record'), ...parts.map((part) => source(`_${part}`)), source(name)].join('\n');
    redis.defineCommand(`watchword_${name}`, { numberOfKeys: keys, lua });
  }
  const commands = redis as unknown as Record<string, (...args: (string | number)[]) => Promise<unknown>>;
  return async (name, keys, args) => {
    try {
      return await commands[`watchword_${name}`]!(...keys, ...args);
    } catch (cause) {
      throw stateFault(name, cause);
    }
  };
}

/** About what a failover or a restart of Redis takes at the least. */
const STATE_RETRY_MS = 1_000;

/**
 * What no try will change: a key of another type, or a script that stumbled over what it read (Redis 6.2 and 7 word it
 * differently; refusals such as READONLY or OOM name the script too, but not as the place of an error).
 * https://redis.io/docs/latest/develop/programmability/lua-api/
 */
const BROKEN = /\bWRONGTYPE |(?:^ERR |: )user_script:\d+: /;

/**
 * `OTP_STATE_BROKEN` is about one record, or a bug of ours; `OTP_STATE_UNAVAILABLE` is about Redis, and tried again until it is back.
 */
export function stateFault(operation: string, cause: unknown): BaseError {
  if (cause instanceof Error && BROKEN.test(cause.message)) {
    return new BaseError('OTP_STATE_BROKEN', `Redis could not carry out ${operation} on what it holds`, {
      retry: false,
      cause,
      context: { operation },
    });
  }
  return new BaseError('OTP_STATE_UNAVAILABLE', `Redis did not carry out ${operation}`, {
    retry: true,
    retryAfterMs: STATE_RETRY_MS,
    cause,
    context: { operation },
  });
}
