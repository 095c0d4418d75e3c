import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startLocalKafka, startLocalKafkaCluster, type LocalEngine, type LocalKafkaCluster } from '@watchword/testkit';

export interface KafkaPlace {
  brokers: readonly string[];
  /** Copies of every topic. */
  replication: number;
  pids(): number[];
  stop(): Promise<void>;
}

/** One broker that is there to be hurt, on the same port through everything. */
export interface KafkaBroker extends KafkaPlace {
  kill(): Promise<void>;
  /** Resolves when it serves again. */
  start(): Promise<void>;
  /** Fills its disk to the last byte; only of a broker that has one of its own. */
  fillDisk(): void;
  freeDisk(): void;
}

/** Three brokers, of which one may be away. */
export interface KafkaCluster extends KafkaPlace {
  cluster: LocalKafkaCluster;
}

interface KafkaAt {
  java: string;
  jars: string;
  dir: string;
}

/** What the topics, the offsets and the log of the controller take, with room for a run. */
const OWN_DISK_MB = 192;
const BALLAST_BYTES = 1024 * 1024;

/** @param own a disk of its own: a file system in memory of a small size, where this machine lets us mount one */
export async function startKafkaBroker(at: KafkaAt, own: { disk: boolean }): Promise<KafkaBroker> {
  mkdirSync(at.dir, { recursive: true });
  const unmount = own.disk ? mount(at.dir) : (): void => undefined;
  let engine: LocalEngine = await startLocalKafka(at);
  const { port } = engine;
  const ballast = join(at.dir, 'ballast');
  return {
    brokers: [`127.0.0.1:${port}`],
    replication: 1,
    pids: () => [engine.pid],
    kill: async () => engine.kill(),
    start: async () => {
      engine = await startLocalKafka({ ...at, port });
    },
    fillDisk: () => fill(ballast),
    freeDisk: () => rmSync(ballast),
    stop: async () => {
      await engine.kill();
      unmount();
    },
  };
}

export async function startKafkaCluster(at: KafkaAt): Promise<KafkaCluster> {
  const cluster = await startLocalKafkaCluster({ ...at, brokers: 3 });
  return {
    brokers: cluster.brokers,
    replication: 3,
    pids: () => cluster.pids(),
    cluster,
    stop: async () => cluster.stop(),
  };
}

/** Why no disk of its own can be had here, or undefined. */
export function whyNoOwnDisk(scratch: string): string | undefined {
  mkdirSync(scratch, { recursive: true });
  const tried = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', scratch]);
  if (tried.status !== 0) return 'a small file system cannot be mounted here (it needs root)';
  spawnSync('umount', [scratch]);
  return undefined;
}

/** @returns what takes it away again; done at the end of this process too */
function mount(dir: string): () => void {
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${OWN_DISK_MB}m`, 'tmpfs', dir]);
  if (mounted.status !== 0) throw new Error(`no file system could be mounted: ${mounted.stderr.toString().trim()}`);
  const unmount = (): void => {
    process.off('exit', unmount);
    // lazily: a broker that is just being ended may still have it open
    spawnSync('umount', ['--lazy', dir]);
  };
  process.once('exit', unmount);
  return unmount;
}

function fill(path: string): void {
  const piece = Buffer.alloc(BALLAST_BYTES);
  for (let size = BALLAST_BYTES; size > 0; size = Math.floor(size / 2)) {
    try {
      for (;;) writeFileSync(path, piece.subarray(0, size), { flag: 'a' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}
