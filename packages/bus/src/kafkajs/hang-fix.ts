import { createRequire } from 'node:module';
import type { ConnectionOptions } from 'node:tls';
import { askAside } from '../api-versions.ts';

/**
 * A broker that hangs (stopped, swapping, a network that swallows) keeps its connections open. kafkajs 2.2.4 then waits
 * for every request by itself, keeps the connection, asks it again without looking for another leader, and lets an
 * idempotent producer's lanes to that broker wait for one another (its lock: 65 s). This wraps methods of it, so that
 * kafkajs does as Kafka's own client (NetworkClient.processTimedOutRequests): what does not answer in time is
 * disconnected. All that waits on the connection fails at once as after a broker's death, which kafkajs knows how to
 * mend: it drops the broker and asks another one for the leaders.
 *
 * How long a request takes does not tell a broker that hangs from one that waits for another: while a hanging replica is
 * still counted in, 9 to 15 s, every produce request waits at a healthy leader. So whoever waits is asked aside whether
 * it is there at all.
 */
interface Connection {
  host: string;
  port: number;
  ssl: ConnectionOptions | null;
  socket: { destroy(): void } | undefined;
  authHandlers: { onError(): void } | null;
  requestQueue: { inflight: Map<number, { sentAt: number; entry: { apiName: string } }> };
  send: (this: Connection, request: unknown) => Promise<unknown>;
  sendAuthRequest: (this: Connection, request: unknown) => Promise<unknown>;
  isConnected(): boolean;
  connect: (this: Connection) => Promise<unknown>;
  disconnect(): Promise<unknown>;
  rejectRequests(error: Error): void;
}
interface Pool {
  getConnection(index: number): Promise<Connection>;
  getConnectionByRequest: (this: Pool, asked: { request: { apiName: string } }) => Promise<Connection>;
}
type ErrorClass = new (message: string, at: { host: string; port: number; broker: string }) => Error;

/** A broker that hung is not connected to again so long: those that still hold the connection look for another first. */
const AVOID_MS = 5_000;
/** What a broker answers from memory, or after at most the 500 ms that a fetch waits, once those before it are answered. */
const QUICK_TIMEOUT_MS = 5_000;
const QUICK = new Set([
  'ApiVersions',
  'Metadata',
  'ListOffsets',
  'Fetch',
  'Heartbeat',
  'GroupCoordinator',
  'OffsetFetch',
]);
/** With a request that waits longer, its broker is asked on another connection whether it is there. */
const SUSPECT_AFTER_MS = 2_000;
/** Local: a look at what waits. */
const WATCH_INTERVAL_MS = 500;
/** TCP and TLS with a broker in another region, and its answer. */
const ANSWER_MAX_MS = 3_000;
/** As long as for any other answer: a broker checks a login from memory. */
const LOGIN_MAX_MS = 5_000;
/** Which of the two connections with a broker is kafkajs' for fetching; a producer has no other use for it. */
const FETCHING = 1;
/** Of the length that begins every answer. */
const LENGTH_BYTES = 4;

let fixed = false;

export function fixHangs(): void {
  if (fixed) return;
  fixed = true;
  const require = createRequire(import.meta.url);
  const { prototype } = require('kafkajs/src/network/connection.js') as { prototype: Connection };
  const errors = require('kafkajs/src/errors.js') as Record<string, ErrorClass>;
  const pool = (require('kafkajs/src/network/connectionPool.js') as { prototype: Pool }).prototype;
  limitAuthentication(prototype);
  askBesides(pool);
  disconnectWhatHangs(prototype, errors['KafkaJSConnectionClosedError']!, errors['KafkaJSConnectionError']!);
}

function disconnectWhatHangs(prototype: Connection, Closed: ErrorClass, Failed: ErrorClass): void {
  const hungMs = new WeakMap<Connection, number>();
  const answeredMs = new WeakMap<Connection, number>();
  const { send, connect } = prototype;
  const placeOf = ({ host, port }: Connection) => ({ host, port, broker: `${host}:${port}` });

  async function giveUp(connection: Connection, reason: string): Promise<Error> {
    // One that is there may be connected to again at once.
    const silentMs = Date.now() - (answeredMs.get(connection) ?? 0);
    if (silentMs > SUSPECT_AFTER_MS + ANSWER_MAX_MS) hungMs.set(connection, Date.now());
    const closed = new Closed(`${reason}; the connection is given up`, placeOf(connection));
    connection.rejectRequests(closed);
    connection.authHandlers?.onError();
    // An answer that comes after all must not be taken for one on the next connection; nor its first half, below.
    connection.socket?.destroy();
    // Each of kafkajs' disconnects would hang another listener on it.
    connection.socket = undefined;
    await connection.disconnect();
    return closed;
  }

  /** Looks at what waits; ends with the connection. */
  function watch(connection: Connection): void {
    const { socket } = connection;
    const isHere = (): boolean => connection.socket === socket && connection.isConnected();
    const head = watchHead(connection);
    let asking = false;
    async function ask(): Promise<void> {
      asking = true;
      const found = await askAside(connection, connection.ssl, ANSWER_MAX_MS);
      asking = false;
      const { waitsMs } = head();
      if (found === 'answered') answeredMs.set(connection, Date.now());
      if (found !== 'silent' || !isHere() || waitsMs < SUSPECT_AFTER_MS) return;
      answeredMs.delete(connection);
      await giveUp(connection, `No answer for ${waitsMs} ms, nor on another connection`);
    }
    const timer = setInterval(() => {
      if (!isHere()) return clearInterval(timer);
      const { apiName, waitsMs } = head();
      if (QUICK.has(apiName) && waitsMs >= QUICK_TIMEOUT_MS)
        return void giveUp(connection, `${apiName} without an answer for ${waitsMs} ms`);
      const sinceAnswerMs = Date.now() - (answeredMs.get(connection) ?? 0);
      if (!asking && waitsMs >= SUSPECT_AFTER_MS && sinceAnswerMs >= SUSPECT_AFTER_MS) void ask();
    }, WATCH_INTERVAL_MS);
    timer.unref();
  }

  prototype.send = async function (request) {
    try {
      return await send.call(this, request);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'KafkaJSRequestTimeoutError') throw error;
      throw await giveUp(this, error.message);
    }
  };
  prototype.connect = async function () {
    if (this.isConnected()) return connect.call(this);
    const sinceMs = Date.now() - (hungMs.get(this) ?? 0);
    if (sinceMs < AVOID_MS) throw new Failed(`It hung ${sinceMs} ms ago`, placeOf(this));
    Object.assign(this, { chunks: [], bytesBuffered: 0, bytesNeeded: LENGTH_BYTES });
    const connected = await connect.call(this);
    watch(this);
    return connected;
  };
}

/** The request that a broker is at, as it takes them one after the other, and since when nothing before it holds it up. */
function watchHead({ requestQueue }: Connection): () => { apiName: string; waitsMs: number } {
  let last: number | undefined;
  let sinceMs = 0;
  return () => {
    for (const [id, { sentAt, entry }] of requestQueue.inflight) {
      if (id !== last) sinceMs = last === undefined ? sentAt : Date.now();
      last = id;
      return { apiName: entry.apiName, waitsMs: Date.now() - sinceMs };
    }
    last = undefined;
    return { apiName: '', waitsMs: 0 };
  };
}

/** A broker takes the requests of a connection one after the other: who leads must not be asked behind what waits for replicas. */
function askBesides(pool: Pool): void {
  const { getConnectionByRequest } = pool;
  pool.getConnectionByRequest = function (asked) {
    return asked.request.apiName === 'Metadata'
      ? this.getConnection(FETCHING)
      : getConnectionByRequest.call(this, asked);
  };
}

/** kafkajs waits for the answers to SASL without any limit. */
function limitAuthentication(prototype: Connection): void {
  const { sendAuthRequest } = prototype;
  prototype.sendAuthRequest = async function (request) {
    const timer = setTimeout(() => {
      this.authHandlers?.onError();
      this.socket?.destroy();
    }, LOGIN_MAX_MS);
    try {
      return await sendAuthRequest.call(this, request);
    } finally {
      clearTimeout(timer);
    }
  };
}
