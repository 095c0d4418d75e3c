import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to one Redis that can be frozen (it hangs) or cut (refused, as after a kill). */
export interface RedisProxy {
  url: string;
  /** Ends all connections and takes no new ones: Redis is gone. */
  cut(): Promise<void>;
  /** Takes connections and carries nothing any more: Redis hangs. */
  freeze(): void;
  /**
   * Freezes by itself at the first piece that holds a text. Default: `before` it reaches Redis. `after`: Redis carries it out,
   * and nobody hears the answer.
   */
  freezeAt(text: string, when?: 'before' | 'after'): void;
  isFrozen(): boolean;
  /** What was said to the frozen Redis, as text. */
  heldBack(): string;
  /** As if nothing had been, on the same port. */
  heal(): Promise<void>;
  close(): Promise<void>;
}

/** Stands before a Redis: plays its outages, or stops a process in the middle of what it does there. */
export async function createRedisProxy(redisUrl: string): Promise<RedisProxy> {
  const { hostname, port, pathname } = new URL(redisUrl);
  const sockets = new Set<Socket>();
  let frozen = false;
  let held = '';
  let trap: { text: string; when: 'before' | 'after' } | undefined;

  /** Whether a piece still goes to Redis. */
  const passes = (piece: string): boolean => {
    const caught = !frozen && trap !== undefined && piece.includes(trap.text);
    const goesOn = caught ? trap?.when === 'after' : !frozen;
    if (caught) frozen = true;
    if (!goesOn) held += piece;
    return goesOn;
  };

  const server = createServer((client) => {
    const upstream = connect(Number(port || 6379), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      // Both ends are torn down together, or killed: what they say of it is the test's wish.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (chunk) => {
      if (passes(chunk.toString('latin1'))) upstream.write(chunk);
    });
    upstream.on('data', (chunk) => frozen || client.write(chunk));
  });
  const listen = async (at: number) => {
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const cut = async () => {
    const closed = server.listening ? once(server, 'close') : undefined;
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };

  const own = await listen(0);
  return {
    url: `redis://127.0.0.1:${own}${pathname}`,
    cut,
    freeze: () => {
      frozen = true;
    },
    freezeAt: (text, when = 'before') => {
      trap = { text, when };
    },
    isFrozen: () => frozen,
    heldBack: () => held,
    heal: async () => {
      if (frozen) await cut();
      frozen = false;
      trap = undefined;
      held = '';
      await listen(own);
    },
    close: cut,
  };
}
