import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { brokerList, kafkaFromEnvironment, redisFromEnvironment } from './from-environment.ts';

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server = undefined;
});

/** A server that answers everything with the same bytes. */
async function answering(bytes: string | Uint8Array): Promise<number> {
  server = createServer((socket) => void socket.on('error', () => undefined).write(bytes));
  const listening = server;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return (listening.address() as AddressInfo).port;
}

test.each([undefined, ''])('an address of %j is as good as none', async (value) => {
  expect(await redisFromEnvironment(value).find()).toMatchObject({
    outcome: 'absent',
    reason: expect.stringContaining('REDIS_URL'),
  });
  expect(await kafkaFromEnvironment(value).find()).toMatchObject({
    outcome: 'absent',
    reason: expect.stringContaining('KAFKA_BROKERS'),
  });
});

test('a Redis that answers PING is used, and nothing is started for it', async () => {
  const url = `redis://127.0.0.1:${await answering('+PONG\r\n')}`;
  expect(await redisFromEnvironment(url).find()).toMatchObject({
    outcome: 'running',
    engine: { address: url, pids: [] },
  });
});

test('a password that Redis refuses is an error, and the error does not hold it', async () => {
  const url = `redis://:s3cret@127.0.0.1:${await answering('-WRONGPASS invalid username-password pair\r\n')}`;
  const error = await redisFromEnvironment(url)
    .find()
    .catch((fault: unknown) => fault);
  expect(error).toMatchObject({ code: 'OTP_ENGINES_UNAVAILABLE', message: expect.stringContaining('WRONGPASS') });
  expect(String(error)).not.toContain('s3cret');
});

test('a Redis URL that is none, or where nobody listens, is an error that names the variable', async () => {
  await expect(redisFromEnvironment('localhost').find()).rejects.toThrow(/REDIS_URL is set, but.*not a URL/);
  await expect(redisFromEnvironment('redis://127.0.0.1:1').find()).rejects.toThrow(
    /REDIS_URL is set, but.*ECONNREFUSED/,
  );
});

test('one broker of the list that answers is enough', async () => {
  const answer = Buffer.alloc(10);
  answer.writeInt32BE(6, 0);
  answer.writeInt32BE(1, 4);
  const brokers = `127.0.0.1:1, 127.0.0.1:${await answering(answer)}`;
  expect(await kafkaFromEnvironment(brokers).find()).toMatchObject({ outcome: 'running' });
  expect(brokerList(brokers)).toHaveLength(2);
});

test('brokers of which none answers like Kafka are an error', async () => {
  const port = await answering('HTTP/1.1 400 Bad Request\r\n\r\n');
  await expect(kafkaFromEnvironment(`127.0.0.1:${port}`).find()).rejects.toThrow(
    /KAFKA_BROKERS is set, but.*like Kafka/,
  );
  await expect(kafkaFromEnvironment('broker').find()).rejects.toThrow(/host:port/);
});
