import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRedisBinary, startLocalRedis, waitFor, type LocalEngine } from '@watchword/testkit';
import { Redis } from 'ioredis';

/** A Redis of a test's own, that may be lost. It keeps its port. */
export interface MortalRedis {
  url: string;
  /** SIGKILL, and started again with what its append-only file holds. */
  restart(): Promise<void>;
  /** Keeps what the append-only file holds now, for `rewind`. */
  remember(): void;
  /** SIGKILL, and started again as it was when it was remembered: what a replica that lagged takes over with. */
  rewind(): Promise<void>;
  wipe(): Promise<void>;
  stop(): Promise<void>;
}

export async function startMortalRedis(): Promise<MortalRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'watchword-mortal-'));
  const dir = join(folder, 'redis');
  const copy = join(folder, 'copy');
  const at = { binary: await findRedisBinary(console.log), dir };
  let engine: LocalEngine = await startLocalRedis(at);
  const { port } = engine;
  const url = `redis://127.0.0.1:${port}`;
  const restart = async (between: () => void): Promise<void> => {
    await engine.kill();
    between();
    engine = await startLocalRedis({ ...at, port });
  };
  return {
    url,
    restart: async () => restart(() => undefined),
    remember: () => cpSync(dir, copy, { recursive: true }),
    rewind: async () =>
      restart(() => {
        rmSync(dir, { recursive: true });
        cpSync(copy, dir, { recursive: true });
      }),
    async wipe() {
      const redis = new Redis(url);
      await waitFor(async () => (await redis.flushall()) === 'OK', { timeoutMs: 5_000, what: 'a wipe' });
      redis.disconnect();
    },
    async stop() {
      await engine.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
