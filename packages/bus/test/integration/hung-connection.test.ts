import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import kafkajs from 'kafkajs';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { createSocket } from '../../src/kafkajs/create-socket.ts';
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
  await expect(admin.connect()).rejects.toThrow(/(?:No|without an) answer for \d+ ms.*; the connection is given up/);
  expect(Date.now() - beganMs).toBeLessThan(7_000);
  expect(connections()).toBe(2);
});

test('a socket whose broker is gone can be ended again and again without a listener for each time', async () => {
  const { broker } = await startSilent();
  // kafkajs gives null where there is no TLS, whatever its types say.
  const ssl = null as unknown as ConnectionOptions;
  const port = Number(broker.split(':')[1]);
  const socket = createSocket({ host: '127.0.0.1', port, ssl, onConnect: () => undefined });
  await once(socket, 'connect');
  socket.destroy();
  await once(socket, 'close');
  for (let i = 0; i < 20; i++) socket.end().unref();
  expect(socket.listenerCount('connect')).toBe(0);
});

interface Connection {
  connect(): Promise<unknown>;
  disconnect(): Promise<unknown>;
  send(request: unknown): Promise<unknown>;
  sendAuthRequest(request: unknown): Promise<unknown>;
}

const load = createRequire(import.meta.url);

async function connectTo(broker: string, requestTimeout: number): Promise<Connection> {
  const KafkajsConnection = load('kafkajs/src/network/connection.js') as new (options: object) => Connection;
  const createSocketFactory = load('kafkajs/src/network/socketFactory.js') as () => unknown;
  const silent = { debug: () => undefined, error: () => undefined };
  const connection = new KafkajsConnection({
    host: '127.0.0.1',
    port: Number(broker.split(':')[1]),
    socketFactory: createSocketFactory(),
    connectionTimeout: 1_000,
    requestTimeout,
    logger: { ...silent, namespace: () => silent },
  });
  await connection.connect();
  return connection;
}

test('a connection that hung fails all that waits on it, is not made again at once, and leaves no listeners behind', async () => {
  const { broker, connections } = await startSilent();
  const Encoder = load('kafkajs/src/protocol/encoder.js') as new () => object;
  const warnings: Error[] = [];
  const listen = (warning: Error): void => void warnings.push(warning);
  process.on('warning', listen);
  onTestFinished(() => void process.off('warning', listen));
  const connection = await connectTo(broker, 300);
  const request = { apiKey: 3, apiName: 'Metadata', apiVersion: 0, encode: async () => new Encoder() };
  const answers = await Promise.allSettled([connection.send({ request }), connection.send({ request })]);
  expect(answers.map((answer) => answer.status === 'rejected' && (answer.reason as Error).name)).toEqual([
    'KafkaJSConnectionClosedError',
    'KafkaJSConnectionClosedError',
  ]);
  for (let i = 0; i < 20; i++) {
    await expect(connection.connect()).rejects.toThrow(/It hung \d+ ms ago/);
    await connection.disconnect();
  }
  expect(connections()).toBe(1);
  expect(warnings).toEqual([]);
});

test('a broker that is there is waited for until the time-out, however long it takes, and may be connected to again', async () => {
  let connections = 0;
  const server = createServer((socket) => {
    // The first one waits, for replicas as it were; whoever asks aside is answered.
    if (++connections > 1) socket.on('data', () => socket.write(Buffer.alloc(8)));
    socket.on('error', () => undefined).resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const connection = await connectTo(`127.0.0.1:${(server.address() as AddressInfo).port}`, 8_000);
  const Encoder = load('kafkajs/src/protocol/encoder.js') as new () => object;
  const ask = async (apiKey: number, apiName: string): Promise<unknown> =>
    connection.send({ request: { apiKey, apiName, apiVersion: 0, encode: async () => new Encoder() } });
  // behind it a question that is answered at once waits as long
  const [slow] = await Promise.allSettled([ask(0, 'Produce'), ask(12, 'Heartbeat')]);
  expect(slow).toMatchObject({
    reason: { message: expect.stringMatching(/Produce.*timed out; the connection is given up/) },
  });
  expect(connections).toBeGreaterThan(1);
  await connection.connect();
  await connection.disconnect();
});

test('a broker that hangs while a client logs in is given up within 5 s', async () => {
  const { broker } = await startSilent();
  const connection = await connectTo(broker, 15_000);
  const beganMs = Date.now();
  const login = connection.sendAuthRequest({ request: { encode: () => Buffer.from('x') }, response: {} });
  await expect(login).rejects.toMatchObject({ name: 'KafkaJSConnectionError' });
  expect(Date.now() - beganMs).toBeLessThan(7_000);
  await connection.disconnect();
});
