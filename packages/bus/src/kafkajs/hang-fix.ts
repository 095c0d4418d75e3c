import { createRequire } from 'node:module';

/**
 * A broker that hangs (stopped, swapping, a network that swallows) keeps its connections open. kafkajs 2.2.4 then waits
 * for every request by itself, keeps the connection, asks it again without looking for another leader, and lets an
 * idempotent producer's lanes to that broker wait for one another (its lock: 65 s). This wraps four methods, so that
 * kafkajs does as Kafka's own client (NetworkClient.processTimedOutRequests): what does not answer in time is
 * disconnected. All that waits on the connection fails at once as after a broker's death, which kafkajs knows how to
 * mend: it drops the broker and asks another one for the leaders.
 */
interface Connection {
  host: string;
  port: number;
  socket: { destroy(): void } | undefined;
  authHandlers: { onError(): void } | null;
  send: (this: Connection, request: unknown) => Promise<unknown>;
  sendAuthRequest: (this: Connection, request: unknown) => Promise<unknown>;
  isConnected(): boolean;
  connect: (this: Connection) => Promise<unknown>;
  disconnect(): Promise<unknown>;
  rejectRequests(error: Error): void;
}
interface RequestQueue {
  createSocketRequest: (this: RequestQueue, pushed: { entry: { apiName: string } }) => { requestTimeout: number };
}
type ErrorClass = new (message: string, at: { host: string; port: number; broker: string }) => Error;

/** A connection that hung is not made again so long: those that still hold it look for another broker first. */
const AVOID_MS = 5_000;
/**
 * What a broker answers from memory, or after at most the 500 ms that a fetch waits. The others wait for replicas or for
 * members of a group, and keep the client's time-out.
 */
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
/** Of the length that begins every answer. */
const LENGTH_BYTES = 4;

let fixed = false;

export function fixHangs(): void {
  if (fixed) return;
  fixed = true;
  const require = createRequire(import.meta.url);
  const { prototype } = require('kafkajs/src/network/connection.js') as { prototype: Connection };
  const queue = (require('kafkajs/src/network/requestQueue/index.js') as { prototype: RequestQueue }).prototype;
  const errors = require('kafkajs/src/errors.js') as Record<string, ErrorClass>;
  limitAuthentication(prototype);
  disconnectWhatHangs(prototype, errors['KafkaJSConnectionClosedError']!, errors['KafkaJSConnectionError']!);
  const { createSocketRequest } = queue;
  queue.createSocketRequest = function (pushed) {
    const request = createSocketRequest.call(this, pushed);
    if (QUICK.has(pushed.entry.apiName)) request.requestTimeout = Math.min(request.requestTimeout, QUICK_TIMEOUT_MS);
    return request;
  };
}

function disconnectWhatHangs(prototype: Connection, Closed: ErrorClass, Failed: ErrorClass): void {
  const hungMs = new WeakMap<Connection, number>();
  const { send, connect } = prototype;
  const placeOf = ({ host, port }: Connection) => ({ host, port, broker: `${host}:${port}` });

  prototype.send = async function (request) {
    try {
      return await send.call(this, request);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'KafkaJSRequestTimeoutError') throw error;
      hungMs.set(this, Date.now());
      const closed = new Closed(`${error.message}; the connection is given up`, placeOf(this));
      this.rejectRequests(closed);
      // An answer that comes after all must not be taken for one on the next connection; nor its first half, below.
      this.socket?.destroy();
      // Each of kafkajs' disconnects would hang another listener on it.
      this.socket = undefined;
      await this.disconnect();
      throw closed;
    }
  };
  prototype.connect = async function () {
    if (this.isConnected()) return connect.call(this);
    const sinceMs = Date.now() - (hungMs.get(this) ?? 0);
    if (sinceMs < AVOID_MS) throw new Failed(`It hung ${sinceMs} ms ago`, placeOf(this));
    Object.assign(this, { chunks: [], bytesBuffered: 0, bytesNeeded: LENGTH_BYTES });
    return connect.call(this);
  };
}

/** kafkajs waits for the answers to SASL without any limit. */
function limitAuthentication(prototype: Connection): void {
  const { sendAuthRequest } = prototype;
  prototype.sendAuthRequest = async function (request) {
    const timer = setTimeout(() => {
      this.authHandlers?.onError();
      this.socket?.destroy();
    }, QUICK_TIMEOUT_MS);
    try {
      return await sendAuthRequest.call(this, request);
    } finally {
      clearTimeout(timer);
    }
  };
}
