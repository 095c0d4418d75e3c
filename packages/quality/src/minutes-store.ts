import { qualityKeys } from './keys.ts';
import { carriedOut, createScriptRunner, type RedisConnection } from './scripts.ts';

/** A minute of a cell. */
export interface CellMinute {
  /** Its `cellKey`. */
  cell: string;
  /** Milliseconds since 1970. */
  startMs: number;
}

export interface TakenMinutes {
  minutes: CellMinute[];
  /** Above that of everything that was taken before, by whomever; 0 where there is nothing. */
  revision: number;
  /** How many were too old. */
  forgotten: number;
}

/**
 * What is to be published of the counts. Counting puts a minute in, by the same script; it stays until somebody has said that it is
 * published, so that nothing depends on who that is, and how long nobody was there.
 */
export interface MinutesStore {
  /**
   * The counts are to be read after this. What was taken before and not called published comes again.
   *
   * @param range the earliest beginning of a minute, older ones are forgotten; the latest that may be taken; how many at most
   */
  take(range: { earliestMs: number; latestMs: number; most: number }): Promise<TakenMinutes>;
  /** What somebody else has taken again meanwhile stays theirs. */
  published(revision: number): Promise<void>;
}

/** @throws BaseError `OTP_STATE_UNAVAILABLE`, from every call */
export function createMinutesStore(redis: RedisConnection, { namespace }: { namespace: string }): MinutesStore {
  const { minutesChanged, minutesTaken, revision: counter } = qualityKeys(namespace);
  const run = createScriptRunner(redis);
  return {
    async take({ earliestMs, latestMs, most }) {
      const reply = await run(
        'take',
        [minutesChanged, minutesTaken, counter],
        [earliestMs / 1_000, latestMs / 1_000, most],
      );
      const [forgotten, revision, ...names] = reply as [number, number, ...string[]];
      return { forgotten, revision, minutes: names.map(parseMinute) };
    },
    async published(revision) {
      await carriedOut('published', redis.zremrangebyscore(minutesTaken, revision, revision));
    },
  };
}

/** As `fold.lua` writes it. */
function parseMinute(name: string): CellMinute {
  const bar = name.indexOf('|');
  return { cell: name.slice(bar + 1), startMs: Number(name.slice(0, bar)) * 1_000 };
}
