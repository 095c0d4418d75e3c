import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { freePort, waitFor } from '@watchword/testkit';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { compileRedis } from '../../src/config/compile-redis.ts';
import { checkEviction } from '../../src/redis/check-eviction.ts';
import { closeRedis, connectRedis } from '../../src/redis/connect-redis.ts';

/** A way to the real Redis that can be cut and mended. */
function startGate(target: URL) {
  const sockets = new Set<Socket>();
  let isOpen = true;
  const server: Server = createServer((client) => {
    if (!isOpen) return void client.destroy();
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    }
    client.pipe(upstream).pipe(client);
  });
  return {
    listen: async () => {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return (server.address() as AddressInfo).port;
    },
    cut: () => {
      isOpen = false;
      for (const socket of sockets) socket.destroy();
    },
    mend: () => {
      isOpen = true;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function recordingLog() {
  const lines: { msg: string; reason?: string }[] = [];
  const log = pino({ level: 'debug' }, { write: (line) => void lines.push(JSON.parse(line)) });
  return { log, messages: () => lines.map((line) => line.msg) };
}

describe('connectRedis', () => {
  const redisUrl = inject('redisUrl');
  const gate = startGate(new URL(redisUrl));
  let port: number;
  beforeAll(async () => {
    port = await gate.listen();
  });
  afterAll(() => gate.close());
  const settings = () => compileRedis({ url: `redis://127.0.0.1:${port}` });

  test('an outage fails commands at once, is logged once, and ends by itself', async () => {
    const { log, messages } = recordingLog();
    const redis = await connectRedis(settings(), { purpose: 'api', log, name: 'test:state' });
    expect(await redis.ping()).toBe('PONG');
    gate.cut();
    await waitFor(() => redis.status === 'reconnecting', { timeoutMs: 5000, what: 'the connection to be lost' });
    const begun = performance.now();
    await expect(redis.ping()).rejects.toThrow(/writ|closed|Command timed out/);
    expect(performance.now() - begun).toBeLessThan(1700);
    const tries = 3;
    let lost = 0;
    redis.on('reconnecting', () => (lost += 1));
    await waitFor(() => lost >= tries, { timeoutMs: 10_000, what: 'some vain tries' });
    gate.mend();
    await waitFor(() => redis.status === 'ready', { timeoutMs: 10_000, what: 'the connection to be back' });
    expect(await redis.ping()).toBe('PONG');
    expect(messages()).toEqual(['Redis cannot be reached', 'Redis is back']);
    await closeRedis(redis);
    expect(messages()).toHaveLength(2);
  });

  test('closing does not wait for a Redis that is gone', async () => {
    const redis = await connectRedis(settings(), {
      purpose: 'background',
      log: recordingLog().log,
      name: 'test:state',
    });
    gate.cut();
    const begun = performance.now();
    await closeRedis(redis);
    expect(performance.now() - begun).toBeLessThan(1500);
    gate.mend();
  });

  test('a Redis that is not there is one clear error after the deadline', async () => {
    const nowhere = compileRedis({ url: `redis://127.0.0.1:${await freePort()}` });
    const options = { purpose: 'api', log: recordingLog().log, name: 'ingest:state', readyMs: 300 } as const;
    await expect(connectRedis(nowhere, options)).rejects.toMatchObject({
      code: 'OTP_STATE_UNAVAILABLE',
      message: 'Redis (ingest:state) is not ready: ECONNREFUSED.',
    });
  });

  test('a worker’s connection waits for Redis instead of failing', async () => {
    const redis = await connectRedis(settings(), { purpose: 'worker', log: recordingLog().log, name: 'test:queue' });
    gate.cut();
    await waitFor(() => redis.status === 'reconnecting', { timeoutMs: 5000, what: 'the connection to be lost' });
    const answer = redis.ping();
    gate.mend();
    expect(await answer).toBe('PONG');
    await closeRedis(redis);
  });
});

describe('a Redis that may evict', () => {
  test('is refused, with the reason', async () => {
    // Not by CONFIG SET on the engine: other tests share it.
    const disconnect = vi.fn<() => void>();
    const evicting = { config: () => Promise.resolve(['maxmemory-policy', 'allkeys-lru']), disconnect };
    const checked = checkEviction(evicting as unknown as Redis, { log: recordingLog().log, name: 'ingest:state' });
    await expect(checked).rejects.toMatchObject({
      code: 'OTP_CONFIG_INVALID',
      message: expect.stringContaining('Redis (ingest:state) has maxmemory-policy allkeys-lru. It must be noeviction'),
    });
    expect(disconnect).toHaveBeenCalledOnce();
  });

  test('where CONFIG is forbidden nothing is said but at debug', async () => {
    const { log, messages } = recordingLog();
    const forbidding = { config: () => Promise.reject(new Error('NOPERM')) };
    await checkEviction(forbidding as unknown as Redis, { log, name: 'x' });
    expect(messages()).toEqual(['maxmemory-policy cannot be read here; it must be noeviction']);
  });
});
