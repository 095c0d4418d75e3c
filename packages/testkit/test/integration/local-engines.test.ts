import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Installer } from '../../src/engines/apt.ts';
import { findJava } from '../../src/engines/find-java.ts';
import { findRedisServer } from '../../src/engines/find-redis-server.ts';
import { fetchKafka } from '../../src/engines/from-local.ts';
import { claimInstanceFolder } from '../../src/engines/instance-folder.ts';
import { startLocalKafka } from '../../src/engines/local-kafka.ts';
import { startLocalRedis, type LocalEngine } from '../../src/engines/local-redis.ts';
import { startServiceProcess } from '../../src/service-process.ts';
import { identifyProcess } from '../../src/process-life.mjs';
import { waitFor } from '../../src/wait-for.ts';
import { createTopic, redis } from './wire.ts';

// Where Redis or Kafka is given, this machine may lack what a local one needs; a test installs nothing for that.
const nothingToInstall = { outcome: 'failed', reason: 'tests install nothing' } as const;
const installer: Installer = {
  unusable: nothingToInstall.reason,
  install: () => Promise.resolve(nothingToInstall),
  download: () => Promise.resolve(nothingToInstall),
};
const tools = { installer, onProgress: console.log };
const [redisServer, java] = await Promise.all([findRedisServer(tools), findJava(installer)]);
const jars = java.outcome === 'found' ? await fetchKafka(tools) : java;

let dataDir: string;
let started: LocalEngine[];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'watchword-engines-'));
  started = [];
});
afterEach(async () => {
  await Promise.all(started.map((engine) => engine.kill()));
  rmSync(dataDir, { recursive: true, force: true });
});

function pathOf(found: { outcome: 'found'; path: string } | { outcome: 'missing'; reason: string }): string {
  if (found.outcome === 'missing') throw new Error(found.reason);
  return found.path;
}

async function redisIn(dir: string, port?: number): Promise<LocalEngine> {
  const engine = await startLocalRedis({ binary: pathOf(redisServer), dir, port });
  started.push(engine);
  return engine;
}

describe.skipIf(redisServer.outcome === 'missing')('Redis', () => {
  test('it keeps an append-only file, evicts nothing, and listens on loopback only', async () => {
    const { port } = await redisIn(join(dataDir, 'redis'));
    expect(await redis(port, 'CONFIG', 'GET', 'appendonly')).toContain('yes');
    expect(await redis(port, 'CONFIG', 'GET', 'appendfsync')).toContain('everysec');
    expect(await redis(port, 'CONFIG', 'GET', 'maxmemory-policy')).toContain('noeviction');
    expect(await redis(port, 'CONFIG', 'GET', 'bind')).toContain('\r\n127.0.0.1\r\n');
  });

  test('a restart in the same folder, on the same port, finds its data', async () => {
    const first = await redisIn(join(dataDir, 'redis'));
    expect(await redis(first.port, 'SET', 'key', 'kept')).toBe('+OK\r\n');
    await first.stop();
    const second = await redisIn(join(dataDir, 'redis'), first.port);
    expect(second.port).toBe(first.port);
    expect(await redis(second.port, 'GET', 'key')).toContain('kept');
  });

  test('a stop leaves no process, no port and no pid file, and can be repeated', async () => {
    const { pid, port, stop } = await redisIn(join(dataDir, 'redis'));
    await stop();
    await stop();
    expect(identifyProcess(pid)).toBeUndefined();
    await expect(redis(port, 'PING')).rejects.toThrow(/ECONNREFUSED/);
    expect(existsSync(join(dataDir, 'redis/redis.pid'))).toBe(false);
  });

  test('another Redis on the port is not taken for the one that was to be started', async () => {
    const { port } = await redisIn(join(dataDir, 'redis'));
    await expect(
      startLocalRedis({ binary: pathOf(redisServer), dir: join(dataDir, 'other'), port }),
    ).rejects.toMatchObject({
      code: 'OTP_ENGINES_UNAVAILABLE',
      message: expect.stringMatching(/Address already in use/),
    });
    expect(existsSync(join(dataDir, 'other/redis.pid'))).toBe(false);
  });

  test('a start that fails says why, with the end of the log', async () => {
    const silent = createServer((socket) => void socket.destroy());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    await expect(
      startLocalRedis({ binary: pathOf(redisServer), dir: join(dataDir, 'redis'), port }),
    ).rejects.toMatchObject({
      code: 'OTP_ENGINES_UNAVAILABLE',
      message: expect.stringMatching(/redis ended at once \(exit code 1\)[^]*redis\.out:\n[^]*Address already in use/),
    });
    silent.close();
  });
});

describe.skipIf(redisServer.outcome === 'missing')('instances', () => {
  test('two runs in one clone get a folder each, and work side by side', async () => {
    const first = await claimInstanceFolder(dataDir, { keepData: true });
    const second = await claimInstanceFolder(dataDir, { keepData: true });
    expect([first.path, second.path]).toEqual([join(dataDir, '1'), join(dataDir, '2')]);
    const [one, two] = await Promise.all([redisIn(join(first.path, 'redis')), redisIn(join(second.path, 'redis'))]);
    await redis(one.port, 'SET', 'key', 'one');
    expect(await redis(two.port, 'GET', 'key')).toBe('$-1\r\n');

    await one.stop();
    first.release();
    expect((await claimInstanceFolder(dataDir, { keepData: true })).path).toBe(first.path);
  });

  test('an engine that a killed run left is ended before its folder is used again', async () => {
    const left = await redisIn(join(dataDir, '1/redis'));
    // The run that started it is gone: its lock names a process that is no more.
    writeFileSync(join(dataDir, '1.lock'), JSON.stringify({ pid: left.pid, startTime: 'boot/1', token: 'dead' }));
    const instance = await claimInstanceFolder(dataDir, { keepData: true });
    expect(instance.path).toBe(join(dataDir, '1'));
    expect(identifyProcess(left.pid)).toBeUndefined();
  });

  test('a pid file that names a process of another start time does not get that process ended', async () => {
    const stranger = await redisIn(join(dataDir, 'stranger'));
    const other = await redisIn(join(dataDir, '1/redis'));
    await other.kill();
    writeFileSync(join(dataDir, '1/redis/redis.pid'), JSON.stringify({ pid: stranger.pid, startTime: 'boot/1' }));
    await claimInstanceFolder(dataDir, { keepData: true });
    expect(await redis(stranger.port, 'PING')).toBe('+PONG\r\n');
  });

  test('a run that does not keep its data begins empty and leaves nothing', async () => {
    const before = await claimInstanceFolder(dataDir, { keepData: true });
    const engine = await redisIn(join(before.path, 'redis'));
    await redis(engine.port, 'SET', 'key', 'old');
    await engine.stop();
    before.release();

    const fresh = await claimInstanceFolder(dataDir, { keepData: false });
    expect(existsSync(fresh.path)).toBe(false);
    const again = await redisIn(join(fresh.path, 'redis'));
    expect(await redis(again.port, 'GET', 'key')).toBe('$-1\r\n');
    await again.kill();
    fresh.release();
    expect(existsSync(fresh.path)).toBe(false);
  });

  test.runIf(process.platform === 'linux')('an engine ends with its owner, even one that is killed', async () => {
    const script = join(dataDir, 'owner.ts');
    const module = new URL('../../src/engines/local-redis.ts', import.meta.url).href;
    writeFileSync(
      script,
      `import { startLocalRedis } from ${JSON.stringify(module)};
       const engine = await startLocalRedis(${JSON.stringify({ binary: pathOf(redisServer), dir: join(dataDir, 'redis') })});
       console.log('engine', engine.pid);
       setInterval(() => undefined, 1_000);`,
    );
    const owner = await startServiceProcess({ name: 'owner', entry: script });
    const pid = await waitFor(() => Number(/engine (\d+)/.exec(owner.output())?.[1] ?? 0) || undefined, {
      timeoutMs: 20_000,
      what: 'the engine of the owner',
    });
    const engine = identifyProcess(pid);
    expect(engine).toBeDefined();
    owner.kill('SIGKILL');
    await owner.exited;
    await waitFor(() => identifyProcess(pid)?.startTime !== engine?.startTime, {
      timeoutMs: 10_000,
      what: 'the engine to end',
    });
  });
});

describe.skipIf(jars.outcome === 'missing')('Kafka', () => {
  test('a restart in the same folder, even after a crash, finds its topics; a stop leaves no process and no port', async () => {
    const kafka = { java: pathOf(java), jars: pathOf(jars), dir: join(dataDir, 'kafka') };
    const first = await startLocalKafka(kafka);
    started.push(first);
    expect(await createTopic(first.port, 'kept')).toBe(0);
    await first.kill();

    const second = await startLocalKafka({ ...kafka, port: first.port });
    started.push(second);
    const TOPIC_ALREADY_EXISTS = 36;
    expect(await createTopic(second.port, 'kept')).toBe(TOPIC_ALREADY_EXISTS);

    await second.stop();
    expect(identifyProcess(second.pid)).toBeUndefined();
    await expect(createTopic(second.port, 'more')).rejects.toThrow(/ECONNREFUSED/);
  });
});
