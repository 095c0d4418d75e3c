import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { BusConfig } from './port.ts';

/** Often enough that one broker of three may hang and the next one still answers within `BROKERS_SILENT_MAX_MS`. */
const PING_INTERVAL_MS = 250;
/** A broker that takes longer is passed over for the next one. */
const ANSWER_MAX_MS = 500;
/** Without any broker's answer for so long Kafka is away, as far as this process can tell. */
export const BROKERS_SILENT_MAX_MS = 1_000;

const API_VERSIONS = 18;
/** API key, version and correlation id: the fixed part of a request's header. */
const HEADER_BYTES = 8;

export interface BrokerPing {
  /** Time since some broker's last answer; since the beginning where none has answered yet. */
  silentMs(): number;
  stop(): void;
}

/**
 * Asks a broker four times a second whether it is there, over a connection of its own. What the client knows comes too late
 * for a readiness that tells the truth within 2 s: it notices a broker that hangs after its request's 15 s, and one that is
 * gone at the next message. ApiVersions is answered before any login. One broker that answers is enough: the death of a
 * leader is no reason to leave service.
 */
export function startBrokerPing(config: BusConfig, now: () => number = () => performance.now()): BrokerPing {
  let answeredMs = now();
  let next = 0;
  let socket: Socket | undefined;
  let askedMs: number | undefined;

  function drop(): void {
    socket?.destroy();
    socket = undefined;
    askedMs = undefined;
  }

  function open(): Socket {
    const opened = connect(config.brokers[next++ % config.brokers.length]!, config.ssl);
    opened.unref();
    // Whatever it was: the next turn asks the next broker.
    opened.on('error', () => undefined);
    opened.on('close', () => {
      if (socket === opened) drop();
    });
    opened.on('data', () => {
      if (socket !== opened) return;
      answeredMs = now();
      askedMs = undefined;
    });
    return opened;
  }

  function ask(): void {
    if (askedMs !== undefined) {
      if (now() - askedMs < ANSWER_MAX_MS) return;
      drop();
    }
    socket ??= open();
    askedMs = now();
    socket.write(createRequest(config.clientId));
  }

  ask();
  const asking = setInterval(ask, PING_INTERVAL_MS);
  asking.unref();
  return {
    silentMs: () => now() - answeredMs,
    stop() {
      clearInterval(asking);
      drop();
    },
  };
}

function connect(broker: string, ssl: BusConfig['ssl']): Socket {
  const colon = broker.lastIndexOf(':');
  const where = { host: broker.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(broker.slice(colon + 1)) };
  if (ssl === undefined || ssl === false) return connectPlain(where);
  return connectTls({ servername: where.host, ...where, ...(ssl === true ? {} : ssl) });
}

/** https://kafka.apache.org/protocol: size, API key, version 0, correlation id, client id. */
function createRequest(clientId: string): Buffer {
  const id = Buffer.from(clientId);
  const request = Buffer.alloc(4 + HEADER_BYTES + 2 + id.length);
  request.writeInt32BE(request.length - 4, 0);
  request.writeInt16BE(API_VERSIONS, 4);
  request.writeInt16BE(id.length, 4 + HEADER_BYTES);
  id.copy(request, 4 + HEADER_BYTES + 2);
  return request;
}
