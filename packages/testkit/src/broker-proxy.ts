import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to one broker that can be blocked (it hangs, as after SIGSTOP) or cut (refused, as after a kill). */
export interface BrokerProxy {
  address: string;
  block(): void;
  cut(): Promise<void>;
  heal(): Promise<void>;
  close(): Promise<void>;
}

/** Clients follow the addresses in the broker's answers, so those are replaced by the proxy's: both are of one length. */
export async function createBrokerProxy(broker: string): Promise<BrokerProxy> {
  const [host, portText] = broker.split(':') as [string, string];
  const sockets = new Set<Socket>();
  let blocked = false;
  let port = 0;

  const addressOf = (number: number): Buffer => {
    const bytes = Buffer.alloc(2 + host.length + 4);
    bytes.writeInt16BE(host.length);
    bytes.write(host, 2);
    bytes.writeInt32BE(number, 2 + host.length);
    return bytes;
  };

  function redirect(chunk: Buffer): Buffer {
    const theirs = addressOf(Number(portText));
    for (let at = chunk.indexOf(theirs); at >= 0; at = chunk.indexOf(theirs, at + 1)) addressOf(port).copy(chunk, at);
    return chunk;
  }

  function hold(socket: Socket): void {
    sockets.add(socket);
    if (blocked) socket.pause();
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  }

  const server = createServer((client) => {
    const upstream = connect(Number(portText), host);
    hold(client);
    hold(upstream);
    client.on('data', (chunk) => upstream.write(chunk));
    upstream.on('data', (chunk) => client.write(redirect(chunk)));
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });

  const listen = (): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        port = (server.address() as AddressInfo).port;
        resolve();
      });
    });

  async function cut(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  await listen();
  return {
    address: `${host}:${port}`,
    block() {
      blocked = true;
      for (const socket of sockets) socket.pause();
    },
    cut,
    async heal() {
      blocked = false;
      for (const socket of sockets) socket.resume();
      if (!server.listening) await listen();
    },
    close: () => (server.listening ? cut() : Promise.resolve()),
  };
}
