import { deserialiseScores, serialiseScores, type ScoreTable, type SerialisedScoreTable } from '@watchword/routing';
import { qualityKeys } from './keys.ts';
import { carriedOut, type RedisConnection } from './scripts.ts';

/** Scores on their way from the monitor to those who choose. */
export interface ScorePublisher {
  /** Writes what has changed since the last call. */
  publish(scores: ScoreTable): Promise<void>;
}

export interface ScoreReader {
  /** Reads what has been written since the last call. @returns all scores as of now; undefined where nothing was ever written */
  read(): Promise<ScoreTable | undefined>;
}

/** Everything but the routes, in one field. */
const HEAD = '';
/** Routes in one command: each some hundred bytes for each of its providers. */
const AT_ONCE_MAX = 200;
/** When two monitors change over, their clocks may differ by less. */
const OVERLAP_MS = 5_000;

/**
 * A hash of routes, and a sorted set that tells when each was written.
 *
 * @throws BaseError `OTP_STATE_UNAVAILABLE`: what was not written is written with the next call
 */
export function createScorePublisher(redis: RedisConnection, { namespace }: { namespace: string }): ScorePublisher {
  const { scores, scoresWritten: written } = qualityKeys(namespace);
  const published = new Map<string, string>();

  return {
    async publish(table) {
      const { routes, ...head } = serialiseScores(table);
      const all = Object.entries(routes).map(([route, of]) => [route, JSON.stringify(of, shorten)] as const);
      const changed = all.filter(([route, text]) => published.get(route) !== text);
      // last, since it is what tells that there are scores at all
      changed.push([HEAD, JSON.stringify(head, shorten)]);
      for (let from = 0; from < changed.length; from += AT_ONCE_MAX) {
        const part = changed.slice(from, from + AT_ONCE_MAX);
        await carriedOut('publish', redis.hset(scores, ...part.flat()));
        await carriedOut('publish', redis.zadd(written, ...part.flatMap(([route]) => [table.atMs, route])));
        for (const [route, text] of part) published.set(route, text);
      }
    },
  };
}

/** @throws BaseError `OTP_STATE_UNAVAILABLE` */
export function createScoreReader(redis: RedisConnection, { namespace }: { namespace: string }): ScoreReader {
  const { scores, scoresWritten: written } = qualityKeys(namespace);
  const routes = new Map<string, SerialisedScoreTable['routes'][string]>();
  let head: Omit<SerialisedScoreTable, 'routes'> | undefined;
  let sinceMs = 0;

  return {
    async read() {
      const since = Math.max(0, sinceMs - OVERLAP_MS);
      const changed = await carriedOut('read', redis.zrangebyscore(written, since, '+inf'));
      for (let from = 0; from < changed.length; from += AT_ONCE_MAX) {
        const part = changed.slice(from, from + AT_ONCE_MAX);
        const texts = await carriedOut('read', redis.hmget(scores, ...part));
        for (const [at, text] of texts.entries()) {
          if (!text) continue;
          if (part[at] === HEAD) head = JSON.parse(text) as NonNullable<typeof head>;
          else routes.set(part[at]!, JSON.parse(text) as SerialisedScoreTable['routes'][string]);
        }
      }
      if (!head) return undefined;
      sinceMs = head.atMs;
      return deserialiseScores({ ...head, routes: Object.fromEntries(routes) });
    },
  };
}

/** More digits than a score knows would make every score another one every second. */
const DIGITS = 4;

function shorten(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(DIGITS)) : value;
}
