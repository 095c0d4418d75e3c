import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';

const PROBE_TIMEOUT_MS = 2_000;
const API_VERSIONS_KEY = 18;
const HEAD_BYTES = 4;

/**
 * Sends `request` and returns the answer once it has `bytes` bytes; where that depends on the answer, `bytes` is given its
 * first four. Rejects on refusal, early end or after 2 s.
 */
export function ask(
  server: { host: string; port: number; tls: boolean },
  request: Uint8Array,
  bytes: number | ((head: Buffer) => number),
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const { host, port } = server;
    const socket = server.tls ? connectTls({ host, port, servername: host }) : connectTcp({ host, port });
    const parts: Buffer[] = [];
    const finish = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(PROBE_TIMEOUT_MS, () => finish(new Error(`no answer within ${PROBE_TIMEOUT_MS} ms`)));
    socket.on('error', finish);
    socket.on('close', () => finish(new Error('the connection was closed')));
    socket.on('data', (part: Buffer) => {
      parts.push(part);
      const answer = Buffer.concat(parts);
      if (answer.length < (typeof bytes === 'number' ? bytes : neededBytes(answer, bytes))) return;
      socket.destroy();
      resolve(answer);
    });
    socket.write(request);
  });
}

/** Resolves if a Redis at the URL answers PING (after AUTH where the URL has a password); rejects with the reason. */
export async function probeRedis(url: string): Promise<void> {
  const { protocol, hostname, port, username, password } = new URL(url);
  const commands = [['PING']];
  if (password !== '') {
    const name = username === '' ? [] : [decodeURIComponent(username)];
    commands.unshift(['AUTH', ...name, decodeURIComponent(password)]);
  }
  const server = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 6379), tls: protocol === 'rediss:' };
  const expected = commands.map(([verb]) => (verb === 'PING' ? '+PONG\r\n' : '+OK\r\n')).join('');
  const answer = (await ask(server, Buffer.from(commands.map(redisCommand).join('')), expected.length)).toString();
  if (answer !== expected) throw new Error(`it answers ${JSON.stringify(answer.split('\r\n')[0])}`);
}

function neededBytes(answer: Buffer, bytes: (head: Buffer) => number): number {
  return answer.length < HEAD_BYTES ? HEAD_BYTES : bytes(answer);
}

function redisCommand(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

/** Resolves if a broker at `host:port` answers an ApiVersions request; a starting broker accepts but does not answer. */
export async function probeKafka(broker: string): Promise<void> {
  const colon = broker.lastIndexOf(':');
  const host = broker.slice(0, colon).replace(/^\[|\]$/g, '');
  const port = Number(broker.slice(colon + 1));
  if (colon < 1 || !Number.isInteger(port)) throw new Error('it is not host:port');
  // Size, ApiVersions version 0, correlation id 1, no client id (https://kafka.apache.org/protocol, request header v1).
  const request = Buffer.alloc(14);
  request.writeInt32BE(10, 0);
  request.writeInt16BE(API_VERSIONS_KEY, 4);
  request.writeInt32BE(1, 8);
  request.writeInt16BE(-1, 12);
  const answer = await ask({ host, port, tls: false }, request, 10);
  if (answer.readInt32BE(4) !== 1 || answer.readInt16BE(8) !== 0) throw new Error('it does not answer like Kafka');
}
