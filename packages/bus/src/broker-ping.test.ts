import { createServer as createPlainServer, connect, type AddressInfo, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestCertificates, waitFor } from '@watchword/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { startBrokerPing } from './broker-ping.ts';

/** A round trip that makes TLS take longer than an answer may. */
const FAR_MS = 800;
const ANSWER = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0]);

async function makeTls() {
  const dir = mkdtempSync(join(tmpdir(), 'watchword-ping-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const { ca, files } = await createTestCertificates(dir);
  const server = { cert: readFileSync(files.certificate), key: readFileSync(files.key) };
  return { server, ssl: { ca, servername: 'localhost' } };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a broker to which TLS takes longer than an answer may is there once it has answered', async () => {
  const { server, ssl } = await makeTls();
  const tls = createTlsServer(server, (socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => socket.write(ANSWER));
  });
  const near = Number((await listen(tls)).split(':')[1]);
  let opened = 0;
  const far = createPlainServer((socket) => {
    opened++;
    const behind = connect(near, '127.0.0.1');
    for (const each of [socket, behind]) each.on('error', () => undefined);
    socket.on('close', () => behind.destroy());
    behind.pipe(socket);
    // Only what begins the connection is late.
    socket.once(
      'data',
      (hello) =>
        void sleep(FAR_MS).then(() => {
          behind.write(hello);
          socket.pipe(behind);
        }),
    );
    socket.on('data', () => undefined);
  });
  const broker = await listen(far);
  const ping = startBrokerPing({ brokers: [broker], clientId: 'c', ssl });
  onTestFinished(() => ping.stop());
  await waitFor(() => ping.silentMs() > FAR_MS / 2, { timeoutMs: 5_000, what: 'the connection to take its time' });
  await waitFor(() => ping.silentMs() < 100, { timeoutMs: 5_000, intervalMs: 10, what: 'the answer' });
  expect(opened).toBe(1);
});

test('a broker that takes connections and never answers is passed over for the next one', async () => {
  const mute = await listen(createPlainServer((socket) => void socket.on('error', () => undefined)));
  let asked = 0;
  const good = await listen(
    createPlainServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => socket.write(ANSWER));
      asked++;
    }),
  );
  const ping = startBrokerPing({ brokers: [mute, good], clientId: 'c' });
  onTestFinished(() => ping.stop());
  await waitFor(() => asked > 0 && ping.silentMs() < 100, { timeoutMs: 3_000, intervalMs: 10, what: 'the other one' });
  expect(asked).toBe(1);
});

test('one that is never reached is not waited for alone', async () => {
  const { server, ssl } = await makeTls();
  // takes the connection and says nothing: TLS with it is never made
  const gone = await listen(createPlainServer((socket) => void socket.on('error', () => undefined)));
  const good = await listen(
    createTlsServer(server, (socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => socket.write(ANSWER));
    }),
  );
  const begun = performance.now();
  const ping = startBrokerPing({ brokers: [gone, good], clientId: 'c', ssl });
  onTestFinished(() => ping.stop());
  await waitFor(() => ping.silentMs() < performance.now() - begun - 200, { timeoutMs: 5_000, what: 'the other one' });
  expect(performance.now() - begun).toBeLessThan(2_500);
});
