import { randomUUID } from 'node:crypto';
import { cellKey, CLOSED_BREAKER, parseCellKey, type Breaker, type Cell } from '@watchword/routing';
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

/** All that stand before a call. */
export function breakersBefore(cell: Cell): { hard: string[]; soft: string } {
  return { hard: [breakerName.provider(cell.provider), breakerName.cell(cell)], soft: breakerName.soft(cell) };
}

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

/** Where the mark of the last change stands, so that a look that finds none is cheap. */
const MARK = '';

/** @throws BaseError `OTP_STATE_UNAVAILABLE`, from every call */
export function createBreakerStore(redis: RedisConnection, { namespace }: { namespace: string }): BreakerStore {
  const key = qualityKeys(namespace).breakers;
  const run = createScriptRunner(redis);
  let seen: string | null | undefined;

  return {
    async readChanged() {
      const current = await carriedOut('read', redis.hget(key, MARK));
      if (current === seen) return undefined;
      const { [MARK]: mark, ...fields } = await carriedOut('read', redis.hgetall(key));
      seen = mark ?? null;
      return new Map(Object.entries(fields).map(([name, text]) => [name, toStored(text)]));
    },
    async swap(name, before, after) {
      const text = after ? JSON.stringify(after) : '';
      const args = [name, before?.text ?? '', text, randomUUID()];
      const [swapped, held] = (await run('swap', [key], args)) as [number, string?];
      if (swapped === 1) return { swapped: true, stored: after && { breaker: after, text } };
      return { swapped: false, stored: held ? toStored(held) : undefined };
    },
  };
}

function toStored(text: string): StoredBreaker {
  return { breaker: parseBreaker(text), text };
}

/** What no version that we know has written is no breaker: it keeps nobody away, and whoever writes next takes its place. */
function parseBreaker(text: string): Breaker {
  try {
    const { tripped, openUntilMs, openings, probeUntilMs } = JSON.parse(text) as Breaker;
    const isWhole = typeof tripped === 'boolean' && [openUntilMs, openings, probeUntilMs].every(Number.isFinite);
    return isWhole ? { tripped, openUntilMs, openings, probeUntilMs } : CLOSED_BREAKER;
  } catch {
    return CLOSED_BREAKER;
  }
}
