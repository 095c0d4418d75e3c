import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Gate {
  url: string;
  /** From now on nothing is carried any more: who is behind it seems to hang. */
  shut(): void;
  /** What was said to the shut gate, as text. */
  heldBack(): string;
  close(): Promise<void>;
}

/** Stands before a Redis, so that a test can stop a process in the middle of what it does there. */
export async function openGate(redisUrl: string): Promise<Gate> {
  const { hostname, port, pathname } = new URL(redisUrl);
  const sockets = new Set<Socket>();
  let shut = false;
  let held = '';
  const server = createServer((client) => {
    const upstream = connect(Number(port || 6379), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      // the processes at both ends are killed on purpose
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (chunk) => {
      if (shut) held += chunk.toString('latin1');
      else upstream.write(chunk);
    });
    upstream.on('data', (chunk) => shut || client.write(chunk));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`,
    shut: () => {
      shut = true;
    },
    heldBack: () => held,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
