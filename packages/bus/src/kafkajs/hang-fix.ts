import { createRequire } from 'node:module';
import type { ConnectionOptions } from 'node:tls';
import { answersWithin } from '../api-versions.ts';

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
  requestQueue: { inflight: Map<number, { sentAt: number }> };
  send: (this: Connection, request: unknown) => Promise<unknown>;
  sendAuthRequest: (this: Connection, request: unknown) => Promise<unknown>;
  isConnected(): boolean;
  connect: (this: Connection) => Promise<unknown>;
  disconnect(): Promise<unknown>;
  rejectRequests(error: Error): void;
}
type ErrorClass = new (message: string, at: { host: string; port: number; broker: string }) => Error;

/** A broker that hung is not connected to again so long: those that still hold the connection look for another first. */
const AVOID_MS = 5_000;
/** With a request that waits longer, its broker is asked on another connection whether it is there. */
const SUSPECT_AFTER_MS = 2_000;
/** Local: a look at what waits. */
const WATCH_INTERVAL_MS = 500;
/** TCP and TLS with a broker in another region, and its answer. */
const ANSWER_MAX_MS = 3_000;
/** As long as for any other answer: a broker checks a login from memory. */
const LOGIN_MAX_MS = 5_000;
/** Of the length that begins every answer. */
const LENGTH_BYTES = 4;

let fixed = false;

export function fixHangs(): void {
  if (fixed) return;
  fixed = true;
  const require = createRequire(import.meta.url);
  const { prototype } = require('kafkajs/src/network/connection.js') as { prototype: Connection };
  const errors = require('kafkajs/src/errors.js') as Record<string, ErrorClass>;
  limitAuthentication(prototype);
  disconnectWhatHangs(prototype, errors['KafkaJSConnectionClosedError']!, errors['KafkaJSConnectionError']!);
}

function disconnectWhatHangs(prototype: Connection, Closed: ErrorClass, Failed: ErrorClass): void {
  const hungMs = new WeakMap<Connection, number>();
  const answeredMs = new WeakMap<Connection, number>();
  const { send, connect } = prototype;
  const placeOf = ({ host, port }: Connection) => ({ host, port, broker: `${host}:${port}` });

  async function giveUp(connection: Connection, reason: string): Promise<Error> {
    const closed = new Closed(`${reason}; the connection is given up`, placeOf(connection));
    connection.rejectRequests(closed);
    // An answer that comes after all must not be taken for one on the next connection; nor its first half, below.
    connection.socket?.destroy();
    // Each of kafkajs' disconnects would hang another listener on it.
    connection.socket = undefined;
    await connection.disconnect();
    return closed;
  }

  /** One question at a time, while something waits; ends with the connection. */
  function watch(connection: Connection): void {
    const { socket } = connection;
    const isHere = (): boolean => connection.socket === socket && connection.isConnected();
    let asking = false;
    const timer = setInterval(() => {
      if (!isHere()) return clearInterval(timer);
      if (asking || waitingMs(connection) < SUSPECT_AFTER_MS) return;
      asking = true;
      void answersWithin(connection, connection.ssl, ANSWER_MAX_MS).then(async (answered) => {
        asking = false;
        if (answered) answeredMs.set(connection, Date.now());
        else if (isHere() && waitingMs(connection) >= SUSPECT_AFTER_MS) {
          hungMs.set(connection, Date.now());
          await giveUp(connection, `No answer for ${waitingMs(connection)} ms, nor on another connection`);
        }
      });
    }, WATCH_INTERVAL_MS);
    timer.unref();
  }

  prototype.send = async function (request) {
    try {
      return await send.call(this, request);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'KafkaJSRequestTimeoutError') throw error;
      // One that is there may be connected to again at once.
      const silentMs = Date.now() - (answeredMs.get(this) ?? 0);
      if (silentMs > SUSPECT_AFTER_MS + ANSWER_MAX_MS) hungMs.set(this, Date.now());
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

/** Age of the oldest request without an answer. */
function waitingMs({ requestQueue }: Connection): number {
  for (const { sentAt } of requestQueue.inflight.values()) return Date.now() - sentAt;
  return 0;
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
