import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

/** kafkajs' own choice. */
const KEEP_ALIVE_MS = 60_000;

/**
 * As kafkajs' own sockets, but for `unref`: after a broker's death it disconnects one dead socket again for every request
 * that failed with it, and Node keeps a listener for each `unref` of a socket that has ended (MaxListenersExceededWarning).
 */
export const createSocket: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  // A server's name cannot be an address (RFC 6066).
  const named = isIP(host) === 0 ? { servername: host } : {};
  const socket = ssl ? connectTls({ host, port, ...named, ...ssl }, onConnect) : connectTcp({ host, port }, onConnect);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  const unref = socket.unref.bind(socket);
  socket.unref = () => (socket.destroyed ? socket : unref());
  return socket;
};
