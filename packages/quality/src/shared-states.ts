import { carriedOut, createScriptRunner, type RedisConnection } from './scripts.ts';

/** Small states by name that many processes share: what the breakers of providers and cells are at. */
export interface SharedStates {
  /** All of them, name → text. */
  readAll(): Promise<ReadonlyMap<string, string>>;
  /**
   * Writes one where it is still as the writer saw it.
   *
   * @param before '' where there was none
   * @param after '' takes it away
   * @returns what it is, where somebody else was faster
   */
  swap(
    name: string,
    before: string,
    after: string,
  ): Promise<{ outcome: 'written' } | { outcome: 'conflict'; state: string }>;
}

/**
 * One Redis hash under the tag of all that is about quality.
 *
 * @throws BaseError `OTP_STATE_UNAVAILABLE`, from every call
 */
export function createSharedStates(redis: RedisConnection, options: { namespace: string; name: string }): SharedStates {
  const key = `{${options.namespace}quality}:${options.name}`;
  const run = createScriptRunner(redis);
  return {
    readAll: async () => new Map(Object.entries(await carriedOut('readAll', redis.hgetall(key)))),
    async swap(name, before, after) {
      const reply = (await run('swap', [key], [name, before, after])) as [1] | [0, string];
      return reply[0] === 1 ? { outcome: 'written' } : { outcome: 'conflict', state: reply[1] };
    },
  };
}
