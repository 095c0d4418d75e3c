import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';

const API_VERSIONS = 18;
/** API key, version and correlation id: the fixed part of a request's header. */
const HEADER_BYTES = 8;

interface Place {
  host: string;
  port: number;
}
type Tls = ConnectionOptions | boolean | null | undefined;

/**
 * Asks a broker on a connection of its own. ApiVersions is answered before any login, and at once: what a broker otherwise does
 * with a request, waiting for replicas or members, takes no part.
 *
 * @returns `silent`: no answer within `maxMs`, that of being connected to included; `unreachable`: there was no connection, for
 *   whatever reason, or none for long
 */
export function askAside(place: Place, tls: Tls, maxMs: number): Promise<'answered' | 'silent' | 'unreachable'> {
  const { promise, resolve } = Promise.withResolvers<'answered' | 'silent' | 'unreachable'>();
  const socket = connectTo(place, tls, () => askApiVersions(socket, ''));
  const end = (found: 'answered' | 'silent'): void => {
    resolve(found);
    socket.destroy();
  };
  // An answer that came while this process itself was held up is read first.
  const timer = setTimeout(() => setImmediate(end, 'silent'), maxMs);
  timer.unref();
  socket.unref();
  socket.on('data', () => end('answered'));
  socket.on('error', () => undefined);
  socket.on('close', () => {
    clearTimeout(timer);
    resolve('unreachable');
  });
  return promise;
}

/** A connection, over TLS where that is wanted. */
export function connectTo({ host, port }: Place, tls: Tls, onConnect: () => void): Socket {
  if (tls === undefined || tls === null || tls === false) return connectPlain({ host, port }, onConnect);
  // A server's name cannot be an address (RFC 6066).
  const named = isIP(host) === 0 ? { servername: host } : {};
  return connectTls({ ...named, host, port, ...(tls === true ? {} : tls) }, onConnect);
}

/** https://kafka.apache.org/protocol: size, API key, version 0, correlation id, client id. */
export function askApiVersions(socket: Socket, clientId: string): void {
  const id = Buffer.from(clientId);
  const request = Buffer.alloc(4 + HEADER_BYTES + 2 + id.length);
  request.writeInt32BE(request.length - 4, 0);
  request.writeInt16BE(API_VERSIONS, 4);
  request.writeInt16BE(id.length, 4 + HEADER_BYTES);
  id.copy(request, 4 + HEADER_BYTES + 2);
  socket.write(request);
}
