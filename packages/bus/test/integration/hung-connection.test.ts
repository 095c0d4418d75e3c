import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import kafkajs from 'kafkajs';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { fixHangs } from '../../src/kafkajs/hang-fix.ts';
import { fixIdleTimer } from '../../src/kafkajs/timer-fix.ts';

/** Takes connections and never answers, as a broker that was stopped. */
async function startSilent(): Promise<{ broker: string; connections: () => number }> {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.on('error', () => undefined).resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { broker: `127.0.0.1:${(server.address() as AddressInfo).port}`, connections: () => connections };
}

beforeAll(() => {
  fixIdleTimer();
  fixHangs();
});

test('a broker that accepts and does not answer is given up within 5 s, as one that closed the connection', async () => {
  const { broker, connections } = await startSilent();
  const client = new kafkajs.Kafka({
    brokers: [broker],
    requestTimeout: 15_000,
    retry: { retries: 0 },
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const admin = client.admin();
  onTestFinished(() => admin.disconnect());
  const beganMs = Date.now();
  await expect(admin.connect()).rejects.toThrow(/ApiVersions.*timed out; the connection is given up/);
  expect(Date.now() - beganMs).toBeLessThan(7_000);
  expect(connections()).toBe(1);
});

interface Connection {
  connect(): Promise<unknown>;
  disconnect(): Promise<unknown>;
  sendAuthRequest(request: unknown): Promise<unknown>;
}

test('a broker that hangs while a client logs in is given up within 5 s', async () => {
  const { broker } = await startSilent();
  const require = createRequire(import.meta.url);
  const KafkajsConnection = require('kafkajs/src/network/connection.js') as new (options: object) => Connection;
  const createSocketFactory = require('kafkajs/src/network/socketFactory.js') as () => unknown;
  const silent = { debug: () => undefined, error: () => undefined };
  const connection = new KafkajsConnection({
    host: '127.0.0.1',
    port: Number(broker.split(':')[1]),
    socketFactory: createSocketFactory(),
    connectionTimeout: 1_000,
    requestTimeout: 15_000,
    logger: { ...silent, namespace: () => silent },
  });
  await connection.connect();
  const beganMs = Date.now();
  const login = connection.sendAuthRequest({ request: { encode: () => Buffer.from('x') }, response: {} });
  await expect(login).rejects.toMatchObject({ name: 'KafkaJSConnectionError' });
  expect(Date.now() - beganMs).toBeLessThan(7_000);
  await connection.disconnect();
});
