import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { waitFor } from '@watchword/testkit';
import { pino } from 'pino';
import { expect, inject, onTestFinished, test } from 'vitest';
import { closeRedis, connectRedis } from '../../src/redis/connect-redis.ts';

/** The limit of a connection that a person waits for, and what a busy machine adds. */
const SILENT_MAX_MS = 5_000;
const SLACK_MS = 3_000;

/** A host that vanishes: what is connected hears nothing any more, not even an end. Whoever connects anew is served. */
async function createVanishingHost(redisUrl: string) {
  const { hostname, port } = new URL(redisUrl);
  const upstreams = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port || 6379), hostname);
    upstreams.add(upstream);
    client.on('error', () => undefined);
    upstream.on('error', () => undefined);
    client.on('data', (chunk) => upstream.write(chunk));
    upstream.on('data', (chunk) => upstreams.has(upstream) && client.write(chunk));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    vanish: () => upstreams.clear(),
  };
}

test('a connection whose other end vanished is given up within seconds, and another one is made', async () => {
  const host = await createVanishingHost(inject('redisUrl'));
  const settings = { kind: 'server', host: host.host, port: host.port, db: 0 } as const;
  const redis = await connectRedis(settings, { purpose: 'api', log: pino({ level: 'silent' }), name: 'vanishing' });
  onTestFinished(async () => closeRedis(redis));
  expect(await redis.ping()).toBe('PONG');
  host.vanish();
  const vanishedMs = performance.now();
  await expect(redis.ping()).rejects.toThrow(/timed out/);
  await waitFor(async () => (await redis.ping()) === 'PONG', {
    timeoutMs: SILENT_MAX_MS + SLACK_MS,
    what: 'another connection',
  });
  expect(performance.now() - vanishedMs).toBeLessThan(SILENT_MAX_MS + SLACK_MS);
});
