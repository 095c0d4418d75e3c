import { rmSync } from 'node:fs';
import { createRedisProxy, startLocalRedis, startLocalSentinel, waitFor, type LocalEngine } from '@watchword/testkit';
import { Redis } from 'ioredis';

/** Where Redis is just now, for who looks at it. */
export interface RedisPlace {
  url(): string;
  /** Runs one command on a connection of its own. */
  command(name: string, ...args: string[]): Promise<unknown>;
  /** What the product's configuration says of it, as YAML below `state:`. */
  yaml: string;
  /** Of the server that serves. */
  pid(): number;
  stop(): Promise<void>;
}

/** One server that is there to be hurt. It keeps its port through everything. */
export interface RedisServer extends RedisPlace {
  /** SIGKILL: as after the kernel's out-of-memory killer. */
  kill(): Promise<void>;
  /** Starts it again; resolves when it serves, its append-only file read. */
  start(): Promise<void>;
  /** SIGSTOP: it hangs, with all its connections. */
  pause(): void;
  resume(): void;
  /** Deletes the data of one that is down. */
  deleteData(): void;
}

/** A master, its replica and a Sentinel. */
export interface RedisPair extends RedisPlace {
  /** Kills the master whose replica has heard nothing for so long. Resolves when the other one is the master. */
  failOver(options: { unheardMs: number; onKill: () => void }): Promise<void>;
}

const LINK_MS = 10_000;

export async function startRedisServer(at: { binary: string; dir: string }): Promise<RedisServer> {
  let engine: LocalEngine = await startLocalRedis(at);
  const { port } = engine;
  const url = (): string => `redis://127.0.0.1:${port}`;
  const resume = (): void => void process.kill(engine.pid, 'SIGCONT');
  return {
    url,
    yaml: 'url: ${env:REDIS_URL}',
    pid: () => engine.pid,
    kill: async () => engine.kill(),
    start: async () => {
      engine = await startLocalRedis({ ...at, port });
    },
    pause() {
      process.kill(engine.pid, 'SIGSTOP');
      // one that is stopped would not hear that this process ends
      process.once('exit', resume);
    },
    resume() {
      process.off('exit', resume);
      resume();
    },
    deleteData: () => rmSync(at.dir, { recursive: true, force: true }),
    command: async (name, ...args) => withRedis(url(), async (redis) => redis.call(name, ...args)),
    stop: async () => engine.kill(),
  };
}

export async function startRedisPair(at: { binary: string; dir: string }): Promise<RedisPair> {
  const sentinel = await startLocalSentinel(at);
  let port = await sentinel.masterPort();
  const url = (): string => `redis://127.0.0.1:${port}`;
  return {
    url,
    yaml: `sentinel: { name: ${sentinel.name}, nodes: [${sentinel.nodes.map((node) => `"${node}"`).join(', ')}] }`,
    pid: () => sentinel.servers.find((server) => server.port === port)!.pid,
    command: async (name, ...args) => withRedis(url(), async (redis) => redis.call(name, ...args)),
    async failOver({ unheardMs, onKill }) {
      const master = sentinel.servers.find((server) => server.port === port)!;
      const replica = sentinel.servers.find((server) => server.port !== port)!;
      // Sentinel would set this right, but not within its time-out for a failover
      const link = await createRedisProxy(url());
      await withRedis(`redis://127.0.0.1:${replica.port}`, async (redis) => {
        await redis.replicaof('127.0.0.1', new URL(link.url).port);
        const linked = async () => (await redis.info('replication')).includes('master_link_status:up');
        await waitFor(linked, { timeoutMs: LINK_MS, what: 'the replica to follow through the proxy' });
      });
      link.freeze();
      await new Promise((resolve) => setTimeout(resolve, unheardMs));
      onKill();
      await master.kill();
      await link.close();
      port = await sentinel.failedOver(port);
    },
    stop: async () => sentinel.stop(),
  };
}

/** A connection of the tool's own, for as long as it takes. */
export async function withRedis<T>(url: string, act: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { replyMapping: 'legacy', maxRetriesPerRequest: 1 });
  // What a command says of it is enough.
  redis.on('error', () => undefined);
  try {
    return await act(redis);
  } finally {
    redis.disconnect();
  }
}
