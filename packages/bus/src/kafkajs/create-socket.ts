import type { ISocketFactory } from 'kafkajs';
import { connectTo } from '../api-versions.ts';

/** kafkajs' own choice. */
const KEEP_ALIVE_MS = 60_000;

/**
 * As kafkajs' own sockets, but for `unref`: after a broker's death it disconnects one dead socket again for every request
 * that failed with it, and Node keeps a listener for each `unref` of a socket that has ended (MaxListenersExceededWarning).
 */
export const createSocket: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const socket = connectTo({ host, port }, ssl, onConnect);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  const unref = socket.unref.bind(socket);
  socket.unref = () => (socket.destroyed ? socket : unref());
  return socket;
};
