import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startLocalRedisCluster, waitFor, type LocalRedisCluster } from '@watchword/testkit';
import { Cluster, type ClusterOptions } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest';
import { compileRedis } from '../../src/config/compile-redis.ts';
import { Secret } from '../../src/config/secret.ts';
import { checkRedis } from '../../src/redis/check-writes.ts';
import { closeRedis, connectRedis } from '../../src/redis/connect-redis.ts';
import { redisOptions, type RedisClusterTarget } from '../../src/redis/redis-options.ts';
import { slotOf } from '../../src/redis/slot-of.ts';
import { losingProxy } from './losing-proxy.ts';
import { recordingLog } from './recording-log.ts';

const KEYS = Array.from({ length: 60 }, (_, i) => `{b${i}}:k`);

const dir = mkdtempSync(join(tmpdir(), 'watchword-connect-cluster-'));
let cluster: LocalRedisCluster;
beforeAll(async () => {
  cluster = await startLocalRedisCluster({ binary: inject('redisServer'), dir });
});
afterAll(async () => {
  await cluster.stop();
  rmSync(dir, { recursive: true, force: true });
});

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(async (close) => close()));
});

async function connect(purpose: 'api' | 'background' = 'api') {
  const recording = recordingLog();
  const settings = compileRedis({ cluster: { nodes: cluster.nodes } });
  const redis = (await connectRedis(settings, { purpose, log: recording.log, name: 'test:state' })) as Cluster;
  open.push(async () => closeRedis(redis));
  return { redis, ...recording };
}

const answers = async (redis: Cluster, keys = KEYS) =>
  Promise.all(
    keys.map(async (key) =>
      redis.incr(key).then(
        () => true,
        () => false,
      ),
    ),
  );

test('the slot of a key is the server’s', async () => {
  const { redis } = await connect();
  const keys = [...KEYS, 'plain', '{}empty', 'a{b}c{d}', '{open', 'ü{ß}', ''];
  for (const key of keys) expect(await redis.cluster('KEYSLOT', key)).toBe(slotOf(key));
});

test('a Cluster that knows no such user, and one of which no node answers, are named as such', async () => {
  const { log, lines } = recordingLog();
  const options = { purpose: 'api', log, name: 'ingest:state', readyMs: 1_000 } as const;
  const nobody = { username: 'nobody', password: new Secret('of-nobody', 'a test') };
  await expect(
    connectRedis(compileRedis({ cluster: { nodes: cluster.nodes }, ...nobody }), options),
  ).rejects.toMatchObject({ message: 'Redis (ingest:state) is not ready: WRONGPASS.' });
  await expect(
    connectRedis(compileRedis({ cluster: { nodes: `127.0.0.1:${await freePort()}` } }), options),
  ).rejects.toMatchObject({
    message: 'Redis (ingest:state) is not ready: the connection was refused or closed.',
  });
  expect(JSON.stringify(lines)).not.toContain('of-nobody');
});

test('the first commands of all, to every master at once, are answered', async () => {
  const { redis } = await connect();
  expect(await answers(redis)).not.toContain(false);
});

test('a lost master costs its own keys only, at once; it is told once, and is back by itself', async () => {
  const { redis, lines, messages } = await connect();
  await answers(redis);
  const figures: { masters: number; lost: number }[] = [];
  const check = checkRedis(redis, { namespace: 't-', instance: 'i', onMasters: (each) => figures.push(each) });
  expect(await check()).toEqual({ ready: true });
  const owners = await Promise.all(KEYS.map(async (key) => cluster.masterOf(key)));
  const lost = KEYS.filter((_, i) => owners[i] === 1);
  const others = KEYS.filter((_, i) => owners[i] !== 1);

  await cluster.kill(1);
  await waitFor(async () => !(await answers(redis, lost)).includes(true), { timeoutMs: 5_000, what: 'its loss' });
  for (let round = 0; round < 20; round++) expect(await answers(redis, others)).not.toContain(false);
  const begun = performance.now();
  expect(await answers(redis, lost)).not.toContain(true);
  expect(performance.now() - begun).toBeLessThan(1_700);
  expect(await check()).toEqual({ ready: true, degraded: '1 of 3 masters take no writes' });
  expect(figures).toEqual([
    { masters: 3, lost: 0 },
    { masters: 3, lost: 1 },
  ]);

  await cluster.restart(1);
  await waitFor(async () => !(await answers(redis)).includes(false), { timeoutMs: 10_000, what: 'its return' });
  expect(await check()).toEqual({ ready: true });
  expect(messages().filter((message) => message === 'a Redis node cannot be reached')).toHaveLength(1);
  expect(messages().filter((message) => message === 'a Redis node is back')).toHaveLength(1);
  expect(lines.find(({ node }) => node !== undefined)?.node).toBe(cluster.nodes[1]);
});

test('a master that hangs is lost like one that is gone, and the check says so within the second that it has', async () => {
  const { redis } = await connect();
  const check = checkRedis(redis, { namespace: 't-', instance: 'i' });
  expect(await check()).toEqual({ ready: true });
  const pid = cluster.pids()[1]!;
  process.kill(pid, 'SIGSTOP');
  try {
    const begun = performance.now();
    expect(await check()).toEqual({ ready: true, degraded: '1 of 3 masters take no writes' });
    expect(performance.now() - begun).toBeLessThan(900);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await waitFor(async () => !(await answers(redis)).includes(false), { timeoutMs: 15_000, what: 'its return' });
});

test('all masters lost: no process is ready, commands fail at once; all back: it goes on', async () => {
  const { redis, messages } = await connect();
  await answers(redis);
  await Promise.all([0, 1, 2].map(async (node) => cluster.kill(node)));
  await waitFor(async () => !(await answers(redis)).includes(true), { timeoutMs: 10_000, what: 'the loss' });
  const begun = performance.now();
  expect(await answers(redis)).not.toContain(true);
  expect(performance.now() - begun).toBeLessThan(1_700);
  await expect(
    Promise.resolve(checkRedis(redis, { namespace: 't-', instance: 'i' })()).then(({ ready }) => ready),
  ).rejects.toThrow(/closed|not connected|isn't ready|timed out/);
  // each waits for all to be back
  await Promise.all([0, 1, 2].map(async (node) => cluster.restart(node)));
  await waitFor(async () => !(await answers(redis)).includes(false), { timeoutMs: 15_000, what: 'the return' });
  expect(messages().filter((message) => message === 'Redis cannot be reached').length).toBeLessThanOrEqual(1);
});

test('slots that move to another master under load: nothing fails, and nothing is counted twice', async () => {
  const { redis } = await connect();
  const key = '{moved}:count';
  const slot = slotOf(key);
  const from = await cluster.masterOf(key);
  const to = (from + 1) % 3;
  const nodes = [0, 1, 2].map((node) => cluster.look(node));
  open.push(async () => nodes.forEach((node) => node.disconnect()));
  const ids = await Promise.all(nodes.map(async (node) => node.cluster('MYID')));
  await redis.del(key);
  let asked = 0;
  const stopping = new AbortController();
  const load = Promise.all(
    Array.from({ length: 8 }, async () => {
      while (!stopping.signal.aborted) {
        asked += 1;
        // beside others, of every master, as a process under load has them
        await Promise.all([redis.incr(key), ...KEYS.slice(0, 10).map(async (each) => redis.incr(each))]);
      }
    }),
  );
  const move = async (source: number, target: number) => {
    await nodes[target]!.cluster('SETSLOT', slot, 'IMPORTING', ids[source]!);
    await nodes[source]!.cluster('SETSLOT', slot, 'MIGRATING', ids[target]!);
    const [host, port] = cluster.nodes[target]!.split(':');
    const keys = await nodes[source]!.cluster('GETKEYSINSLOT', slot, 100);
    await nodes[source]!.call('MIGRATE', host!, port!, '', '0', '2000', 'KEYS', ...keys);
    for (const node of nodes) await node.cluster('SETSLOT', slot, 'NODE', ids[target]!);
  };
  await move(from, to);
  await waitFor(() => redis.slots[slot]?.[0] === cluster.nodes[to], { timeoutMs: 10_000, what: 'the new owner' });
  await move(to, from);
  await waitFor(() => redis.slots[slot]?.[0] === cluster.nodes[from], { timeoutMs: 10_000, what: 'the old owner' });
  stopping.abort();
  await load;
  expect(Number(await redis.get(key))).toBe(asked);
});

test('a command whose answer was lost with its connection is not sent again', async () => {
  const proxies = await Promise.all(cluster.nodes.map(losingProxy));
  open.push(async () => proxies.forEach((proxy) => proxy.close()));
  const natMap = Object.fromEntries(
    cluster.nodes.map((node, i) => [node, { host: '127.0.0.1', port: proxies[i]!.port }]),
  );
  const target = redisOptions(compileRedis({ cluster: { nodes: cluster.nodes } }), 'api', 'test') as RedisClusterTarget;
  const options: ClusterOptions = { ...target.options, natMap };
  const redis: Cluster = new Cluster([{ host: '127.0.0.1', port: proxies[0]!.port }], options as object);
  redis.on('error', () => undefined);
  open.push(async () => redis.disconnect());
  await waitFor(async () => (await redis.ping()) === 'PONG', { timeoutMs: 5_000, what: 'the Cluster' });
  const key = '{lost}:count';
  await redis.set(key, 0);
  const proxy = proxies[await cluster.masterOf(key)]!;
  proxy.loseNextAnswer();
  await expect(redis.incr(key)).rejects.toThrow(/closed/);
  await waitFor(async () => Number(await redis.get(key)), { timeoutMs: 5_000, what: 'the node to be back' });
  expect(await redis.get(key)).toBe('1');
});
