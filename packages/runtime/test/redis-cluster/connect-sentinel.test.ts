import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalSentinel, waitFor, type LocalSentinel } from '@watchword/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { compileRedis, type RedisSettings } from '../../src/config/compile-redis.ts';
import { Secret } from '../../src/config/secret.ts';
import { closeRedis, connectRedis } from '../../src/redis/connect-redis.ts';
import { recordingLog } from './recording-log.ts';

/** What a client may need after the Sentinels have promoted: design's “within seconds”. */
const FOUND_MS = 5_000;

const dir = mkdtempSync(join(tmpdir(), 'watchword-connect-sentinel-'));
let sentinel: LocalSentinel;
beforeAll(async () => {
  sentinel = await startLocalSentinel({
    binary: inject('redisServer'),
    dir,
    password: 'of-the-servers',
    sentinelPassword: 'of-the-sentinels',
  });
});
afterAll(async () => {
  await sentinel.stop();
  rmSync(dir, { recursive: true, force: true });
});

function settings({
  server = 'of-the-servers',
  sentinels = 'of-the-sentinels',
  name = sentinel.name,
} = {}): RedisSettings {
  return compileRedis({
    sentinel: { name, nodes: sentinel.nodes.join(','), password: new Secret(sentinels, 'a test') },
    password: new Secret(server, 'a test'),
  });
}

async function connect() {
  const recording = recordingLog();
  const redis = await connectRedis(settings(), { purpose: 'api', log: recording.log, name: 'test:state' });
  return { redis: redis as Redis, ...recording };
}

const portOf = async (redis: Redis): Promise<number> =>
  Number(/tcp_port:(\d+)/.exec(await redis.info('server'))?.[1] ?? 0);

test.for<[string, Parameters<typeof settings>[0], string]>([
  ['a wrong password of the servers', { server: 'wrong' }, 'WRONGPASS'],
  ['a wrong password of the Sentinels', { sentinels: 'wrong' }, 'WRONGPASS'],
])('%s is named as such, and not shown', async ([, wrong, reason]) => {
  const { log, lines } = recordingLog();
  const failed = connectRedis(settings(wrong), { purpose: 'api', log, name: 'ingest:state', readyMs: 1_500 });
  await expect(failed).rejects.toMatchObject({
    code: 'OTP_STATE_UNAVAILABLE',
    message: `Redis (ingest:state) is not ready: ${reason}.`,
  });
  expect(JSON.stringify(lines)).not.toMatch(/of-the|wrong/);
});

test('a demoted master that still answers is left for the new one, within seconds', async () => {
  const { redis } = await connect();
  const old = await portOf(redis);
  expect(old).toBe(await sentinel.masterPort());
  const asking = new Redis({ port: Number(sentinel.nodes[0]!.split(':')[1]), password: 'of-the-sentinels' });
  await waitFor(async () => (await asking.call('SENTINEL', 'failover', sentinel.name)) === 'OK', {
    timeoutMs: 20_000,
    intervalMs: 500,
    what: 'a replica to promote',
  });
  asking.disconnect();
  await sentinel.failedOver(old);
  await waitFor(async () => (await portOf(redis)) !== old && (await redis.incr('written')) > 0, {
    timeoutMs: FOUND_MS,
    what: 'the new master',
  });
  await closeRedis(redis);
});

test('a command that a demoted master refuses is not sent again, and the next ones find the new master', async () => {
  const { redis } = await connect();
  const port = await portOf(redis);
  const look = sentinel.look(port);
  const other = sentinel.servers.find((server) => server.port !== port)!;
  // as a master that Sentinel demoted before it could tell
  await look.replicaof('127.0.0.1', other.port);
  await expect(redis.incr('refused')).rejects.toThrow(/READONLY/);
  await look.replicaof('NO', 'ONE');
  await waitFor(async () => (await redis.set('refused-once', '1')) === 'OK', {
    timeoutMs: FOUND_MS * 2,
    what: 'a master that writes',
  });
  expect(await redis.get('refused')).toBeNull();
  look.disconnect();
  await closeRedis(redis);
});

test('the master is killed under load: commands fail at once, none is carried out twice, and the replica serves by itself', async () => {
  const { redis, messages } = await connect();
  const old = await portOf(redis);
  const victim = sentinel.servers.find(({ port }) => port === old)!;
  const replica = sentinel.look(sentinel.servers.find(({ port }) => port !== old)!.port);
  await waitFor(async () => (await replica.info('replication')).includes('master_link_status:up'), {
    timeoutMs: 15_000,
    what: 'the replica to follow',
  });
  replica.disconnect();
  let slowestMs = 0;
  let failed = 0;
  let sent = 0;
  let done = 0;
  const stopping = new AbortController();
  const load = Promise.all(
    Array.from({ length: 8 }, async () => {
      while (!stopping.signal.aborted) {
        const begun = performance.now();
        sent += 1;
        await redis.incr('load').then(
          () => (done += 1),
          () => (failed += 1),
        );
        slowestMs = Math.max(slowestMs, performance.now() - begun);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }),
  );
  await waitFor(() => done > 200, { timeoutMs: 10_000, what: 'some load' });
  await victim.kill();
  await sentinel.failedOver(old);
  const before = done;
  await waitFor(() => done > before + 100, { timeoutMs: FOUND_MS, what: 'the new master' });
  stopping.abort();
  await load;
  expect(failed).toBeGreaterThan(0);
  expect(slowestMs).toBeLessThan(1_700);
  // asynchronous replication loses some; none may come twice
  expect(Number(await redis.get('load'))).toBeLessThanOrEqual(sent);
  expect(messages()).toEqual(['Redis cannot be reached', 'Redis is back']);
  await closeRedis(redis);
});
