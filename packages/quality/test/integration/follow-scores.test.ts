import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NO_SCORES, type ScoreTable } from '@watchword/routing';
import { findRedisBinary, startLocalRedis, waitFor, type LocalEngine } from '@watchword/testkit';
import { Redis } from 'ioredis';
import { afterEach, expect, it } from 'vitest';
import { createScorePublisher, createScoreReader, followScores, type FollowedScores } from '../../src/index.ts';

/** Longer than a reader looks twice. */
const FOLLOWED_MS = 5_000;
const NAMESPACE = { namespace: 'scores:' };

const folder = mkdtempSync(join(tmpdir(), 'watchword-scores-'));
const open: { following?: FollowedScores; redis?: Redis; engine?: LocalEngine } = {};
afterEach(async () => {
  await open.following?.stop();
  open.redis?.disconnect();
  await open.engine?.kill();
  rmSync(folder, { recursive: true, force: true });
});

function table(atMs: number, mean: number): ScoreTable {
  const routes = new Map([['sms|DE|', new Map([['north', { mean, upper: mean, n: 100, collapse: 0.01 }]])]]);
  return { ...NO_SCORES, atMs, routes };
}

it('the last scores stay in force while nobody makes new ones, while Redis is away, and when it has lost them', async () => {
  const binary = await findRedisBinary(() => undefined);
  const start = async (name: string, port?: number) =>
    startLocalRedis({ binary, dir: join(folder, name), ...(port !== undefined && { port }) });
  const engine = (open.engine = await start('first'));
  const redis = (open.redis = new Redis(`redis://127.0.0.1:${engine.port}`, {
    maxRetriesPerRequest: 0,
    retryStrategy: () => 50,
  }));
  redis.on('error', () => undefined); // it is killed on purpose
  const following = (open.following = followScores(createScoreReader(redis, NAMESPACE)));
  const meanNow = () => following.scores().routes.get('sms|DE|')?.get('north')?.mean;
  const untilMean = async (mean: number) =>
    waitFor(() => meanNow() === mean, { timeoutMs: FOLLOWED_MS, what: `scores of ${mean}` });

  await createScorePublisher(redis, NAMESPACE).publish(table(1_000, 0.9));
  await untilMean(0.9);
  await engine.kill();
  await waitFor(async () => (await redis.ping().catch(() => 'away')) === 'away', {
    timeoutMs: FOLLOWED_MS,
    what: 'Redis to be away',
  });
  expect(meanNow()).toBe(0.9);
  // it comes back without anything
  open.engine = await start('second', engine.port);
  await waitFor(async () => (await redis.ping().catch(() => 'away')) === 'PONG', {
    timeoutMs: FOLLOWED_MS,
    what: 'Redis to be back',
  });
  expect(await redis.dbsize()).toBe(0);
  expect(meanNow()).toBe(0.9);
  // and another monitor makes new ones, by a clock that is behind
  await createScorePublisher(redis, NAMESPACE).publish(table(900, 0.4));
  await untilMean(0.4);
});
