import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { onFreePort } from '../free-port.ts';
import { waitFor } from '../wait-for.ts';
import { startEngineProcess } from './engine-process.ts';
import { startLocalRedis, type LocalEngine } from './local-redis.ts';
import { probeRedis } from './probe.ts';

const SERVES_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 5_000;
/** Silence of the master after which Sentinel acts. Small, so that tests need not wait; production has 30 s. */
const DOWN_AFTER_MS = 1_000;
const FAILOVER_TIMEOUT_MS = 10_000;

export interface LocalSentinel {
  /** The master's name, as clients ask for it. */
  name: string;
  /** `host:port` of the Sentinels. */
  nodes: string[];
  /** The two servers; at first the first one is the master. */
  servers: LocalEngine[];
  /** Port of the master, by Sentinel's word. */
  masterPort: () => Promise<number>;
  /** Resolves once Sentinel has promoted another server than `oldPort`, and that one takes writes. */
  failedOver: (oldPort: number) => Promise<number>;
  /** A connection to a server, for looking; the caller ends it. */
  look: (port: number) => Redis;
  pids: () => number[];
  stop: () => Promise<void>;
}

export interface LocalSentinelOptions {
  binary: string;
  dir: string;
  /** Of the servers' default user and of replication. Default: none. */
  password?: string;
  /** Of the Sentinels, which is another one. Default: none. */
  sentinelPassword?: string;
  /** Default 1: it alone is the majority then. */
  sentinels?: number;
  /** Where the replica finds its master, for a proxy between the two; Sentinel repoints it after the failover. */
  replicateFrom?: { host: string; port: number };
}

const NAME = 'watchword';

/** A master, its replica and Sentinels over them, on loopback. Resolves once Sentinel knows the replica in good order. */
export async function startLocalSentinel(options: LocalSentinelOptions): Promise<LocalSentinel> {
  const { dir, password, sentinelPassword } = options;
  const started: LocalEngine[] = [];
  const stop = async (): Promise<void> => {
    // Sentinels first: nobody shall promote what is being ended
    await Promise.all(started.toReversed().map(async (engine) => engine.kill()));
  };
  try {
    const master = await startServer('one', options);
    started.push(master);
    const from = options.replicateFrom ?? { host: '127.0.0.1', port: master.port };
    const replica = await startServer('two', options, `${from.host} ${from.port}`);
    started.push(replica);
    const sentinels: LocalEngine[] = [];
    for (let i = 0; i < (options.sentinels ?? 1); i++) {
      const sentinel = await startSentinel(join(dir, `sentinel-${i}`), master.port, options);
      sentinels.push(sentinel);
      started.push(sentinel);
    }
    const { masterPort, replicaFollows } = asking(sentinels[0]!.port, sentinelPassword);
    await waitFor(replicaFollows, { timeoutMs: SERVES_TIMEOUT_MS, what: 'the replica to follow' });
    return {
      name: NAME,
      nodes: sentinels.map(({ port }) => `127.0.0.1:${port}`),
      servers: [master, replica],
      masterPort,
      failedOver: async (oldPort) => {
        const promoted = async (): Promise<number | false> => {
          const port = await masterPort();
          return port !== oldPort && (await isMaster(port, password)) && port;
        };
        return waitFor(promoted, { timeoutMs: SERVES_TIMEOUT_MS, what: 'the failover' });
      },
      look: (port) => connect(port, password),
      pids: () => started.map(({ pid }) => pid),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function asking(sentinelPort: number, password: string | undefined) {
  const ask = async (subcommand: string): Promise<unknown> =>
    using(connect(sentinelPort, password), async (redis) => redis.call('SENTINEL', subcommand, NAME));
  return {
    masterPort: async (): Promise<number> => Number(((await ask('get-master-addr-by-name')) as string[])[1]),
    replicaFollows: async (): Promise<boolean> => {
      const [first] = (await ask('replicas')) as string[][];
      return first?.[first.indexOf('flags') + 1] === 'slave' && first[first.indexOf('master-link-status') + 1] === 'ok';
    },
  };
}

async function isMaster(port: number, password: string | undefined): Promise<boolean> {
  return using(connect(port, password), async (redis) => (await redis.info('replication')).includes('role:master'));
}

function connect(port: number, password: string | undefined): Redis {
  return new Redis({ host: '127.0.0.1', port, replyMapping: 'legacy', ...(password !== undefined && { password }) });
}

async function using<T>(redis: Redis, work: (redis: Redis) => Promise<T>): Promise<T> {
  // a refused connection shows in the answer
  redis.on('error', () => undefined);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

async function startServer(name: string, options: LocalSentinelOptions, replicaOf?: string): Promise<LocalEngine> {
  const { binary, password } = options;
  return startLocalRedis({
    binary,
    dir: join(options.dir, name),
    password,
    settings: {
      // full copies are sent at once and without a file: tests have little data and no time
      'repl-diskless-sync': 'yes',
      'repl-diskless-sync-delay': '0',
      ...(replicaOf !== undefined && { replicaof: replicaOf }),
      ...(password !== undefined && { requirepass: password, masterauth: password }),
    },
  });
}

/** Sentinel writes what it learns into its own file of settings. */
async function startSentinel(dir: string, masterPort: number, options: LocalSentinelOptions): Promise<LocalEngine> {
  const { binary, password, sentinelPassword } = options;
  return onFreePort(async (port) => {
    const lines = [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${dir}`,
      ...(sentinelPassword === undefined ? [] : [`requirepass ${sentinelPassword}`]),
      `sentinel monitor ${NAME} 127.0.0.1 ${masterPort} ${Math.floor((options.sentinels ?? 1) / 2) + 1}`,
      `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`,
      `sentinel failover-timeout ${NAME} ${FAILOVER_TIMEOUT_MS}`,
      ...(password === undefined ? [] : [`sentinel auth-pass ${NAME} ${password}`]),
    ];
    mkdirSync(dir, { recursive: true });
    const file = join(dir, 'sentinel.conf');
    writeFileSync(file, `${lines.join('\n')}\n`);
    const login = sentinelPassword === undefined ? '' : `:${encodeURIComponent(sentinelPassword)}@`;
    const engine = await startEngineProcess({
      name: 'sentinel',
      command: binary,
      args: [file, '--sentinel'],
      dir,
      stopTimeoutMs: STOP_TIMEOUT_MS,
      probe: () => probeRedis(`redis://${login}127.0.0.1:${port}`),
      readyTimeoutMs: SERVES_TIMEOUT_MS,
    });
    return { ...engine, port };
  });
}
