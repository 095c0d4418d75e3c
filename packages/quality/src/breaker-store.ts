import { cellKey, parseCellKey, type Breaker, type Cell } from '@watchword/routing';
import { qualityKeys } from './keys.ts';
import { carriedOut, createScriptRunner, type RedisConnection } from './scripts.ts';

/** Breakers of all providers and cells in one hash, each as JSON in a field of its own. */
export interface BreakerStore {
  /** All that are kept, by name; undefined where nothing has changed since the last call. */
  readChanged(): Promise<ReadonlyMap<string, StoredBreaker> | undefined>;
  /**
   * Writes one where it still is what the caller saw.
   *
   * @param before undefined: none was kept
   * @param after undefined: none is to be kept
   * @returns what is kept now, by whomever
   */
  swap(
    name: string,
    before: StoredBreaker | undefined,
    after: Breaker | undefined,
  ): Promise<{ swapped: boolean; stored: StoredBreaker | undefined }>;
}

export interface StoredBreaker {
  breaker: Breaker;
  /** As Redis has it: what a writer compares. */
  text: string;
}

/** On calls to a provider, wherever they go; on those that go to one cell; on what is typed of a cell's codes. */
export const breakerName = {
  provider: (provider: string): string => `hard|${provider}`,
  cell: (cell: Cell): string => `hard|${cellKey(cell)}`,
  soft: (cell: Cell): string => `soft|${cellKey(cell)}`,
};

/** What a name says. @returns undefined for one that no version of ours has made */
export function parseBreakerName(
  name: string,
): { scope: 'provider'; provider: string } | { scope: 'cell' | 'soft'; provider: string; cell: Cell } | undefined {
  const [kind, ...rest] = name.split('|');
  if (kind === 'hard' && rest.length === 1) return { scope: 'provider', provider: rest[0]! };
  if ((kind !== 'hard' && kind !== 'soft') || rest.length !== CELL_PARTS) return undefined;
  const cell = parseCellKey(rest.join('|'));
  return { scope: kind === 'hard' ? 'cell' : 'soft', provider: cell.provider, cell };
}

const CELL_PARTS = 4;

/** Where the number of the last change stands, so that a look that finds none is cheap. */
const VERSION = '';

/** @throws BaseError `OTP_STATE_UNAVAILABLE`, from every call */
export function createBreakerStore(redis: RedisConnection, { namespace }: { namespace: string }): BreakerStore {
  const key = qualityKeys(namespace).breakers;
  const run = createScriptRunner(redis);
  let version: string | null | undefined;

  return {
    async readChanged() {
      const current = await carriedOut('read', redis.hget(key, VERSION));
      if (current === version) return undefined;
      const { [VERSION]: read, ...fields } = await carriedOut('read', redis.hgetall(key));
      version = read ?? null;
      return new Map(Object.entries(fields).map(([name, text]) => [name, toStored(text)]));
    },
    async swap(name, before, after) {
      const text = after ? JSON.stringify(after) : '';
      const [swapped, held] = (await run('swap', [key], [name, before?.text ?? '', text])) as [number, string?];
      if (swapped === 1) return { swapped: true, stored: after && { breaker: after, text } };
      return { swapped: false, stored: held ? toStored(held) : undefined };
    },
  };
}

function toStored(text: string): StoredBreaker {
  return { breaker: JSON.parse(text) as Breaker, text };
}
