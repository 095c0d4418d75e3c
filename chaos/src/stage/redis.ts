import { rmSync } from 'node:fs';
import { startLocalRedis, type LocalEngine } from '@watchword/testkit';
import { Redis } from 'ioredis';

/** A Redis that is there to be hurt. It keeps its port through everything. */
export interface ChaosRedis {
  url: string;
  /** SIGKILL: as after the kernel's out-of-memory killer. */
  kill(): Promise<void>;
  /** Starts it again; resolves when it serves, its append-only file read. */
  start(): Promise<void>;
  /** SIGSTOP: it hangs, with all its connections. */
  pause(): void;
  resume(): void;
  /** Deletes the data of one that is down. */
  deleteData(): void;
  /** Runs one command on a connection of its own. */
  command(name: string, ...args: string[]): Promise<unknown>;
  stop(): Promise<void>;
}

export async function startChaosRedis(at: { binary: string; dir: string }): Promise<ChaosRedis> {
  let engine: LocalEngine = await startLocalRedis(at);
  const { port } = engine;
  const url = `redis://127.0.0.1:${port}`;
  return {
    url,
    kill: async () => engine.kill(),
    start: async () => {
      engine = await startLocalRedis({ ...at, port });
    },
    pause: () => void process.kill(engine.pid, 'SIGSTOP'),
    resume: () => void process.kill(engine.pid, 'SIGCONT'),
    deleteData: () => rmSync(at.dir, { recursive: true, force: true }),
    command: async (name, ...args) => withRedis(url, async (redis) => redis.call(name, ...args)),
    stop: async () => engine.kill(),
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
