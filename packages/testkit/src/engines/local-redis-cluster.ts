import { join } from 'node:path';
import getPort from 'get-port';
import { Redis } from 'ioredis';
import { waitFor } from '../wait-for.ts';
import { startLocalRedis, type LocalEngine } from './local-redis.ts';

const SLOTS = 16_384;
/** Nodes talk to each other on a port of their own: Redis' default, and the only choice before 7.0. */
const BUS_PORT_OFFSET = 10_000;
/** After this a silent master counts as failed. Small, so that tests need not wait; production has 15 s. */
const NODE_TIMEOUT_MS = 2_000;
const FORMING_TIMEOUT_MS = 30_000;
/** Pairs of ports that are tried. */
const PORT_TRIES = 50;

export interface LocalRedisCluster {
  /** `host:port` of each master. */
  nodes: string[];
  /** A connection to one node, for looking; the caller ends it. */
  look: (node: number) => Redis;
  /** Which master serves a key. */
  masterOf: (key: string) => Promise<number>;
  /** SIGKILL of a master. The others go on: `cluster-require-full-coverage` is off. */
  kill: (node: number) => Promise<void>;
  /** The killed one again, with its data. */
  restart: (node: number) => Promise<void>;
  pids: () => number[];
  /** SIGKILL of all: nobody wants the data. */
  stop: () => Promise<void>;
}

/** A Redis Cluster of masters without replicas on loopback: slots shared evenly, append-only files. Resolves once it serves. */
export async function startLocalRedisCluster(options: {
  binary: string;
  dir: string;
  /** Default 3. */
  masters?: number;
  settings?: Readonly<Record<string, string>>;
}): Promise<LocalRedisCluster> {
  const { masters = 3 } = options;
  const startNode = async (node: number, port: number): Promise<LocalEngine> =>
    startLocalRedis({
      binary: options.binary,
      dir: join(options.dir, `node-${node}`),
      port,
      settings: { ...CLUSTER_SETTINGS, ...options.settings },
    });
  const ports: number[] = [];
  while (ports.length < masters) ports.push(await freePortPair());
  const engines = await Promise.all(ports.map(async (port, node) => startNode(node, port)));
  const look = (node: number): Redis => lookAt(ports[node]!);
  const stop = async (): Promise<void> => {
    await Promise.all(engines.map(async (engine) => engine.kill()));
  };
  try {
    await form(ports);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    nodes: ports.map((port) => `127.0.0.1:${port}`),
    look,
    async masterOf(key) {
      const redis = look(0);
      try {
        const slot = await redis.cluster('KEYSLOT', key);
        return Math.floor((slot * masters) / SLOTS);
      } finally {
        redis.disconnect();
      }
    },
    kill: async (node) => engines[node]!.kill(),
    async restart(node) {
      engines[node] = await startNode(node, ports[node]!);
      await untilWhole(ports);
    },
    pids: () => engines.map(({ pid }) => pid),
    stop,
  };
}

const CLUSTER_SETTINGS = {
  'cluster-enabled': 'yes',
  'cluster-node-timeout': String(NODE_TIMEOUT_MS),
  // a lost master must cost its own slots only
  'cluster-require-full-coverage': 'no',
};

async function freePortPair(): Promise<number> {
  for (let attempt = 0; attempt < PORT_TRIES; attempt++) {
    const port = 12_000 + Math.floor(Math.random() * 18_000);
    const pair = [port, port + BUS_PORT_OFFSET];
    const free = await Promise.all(pair.map(async (wanted) => getPort({ host: '127.0.0.1', port: wanted })));
    if (free.every((given, i) => given === pair[i])) return port;
  }
  throw new Error(`no two free ports ${BUS_PORT_OFFSET} apart`);
}

async function form(ports: readonly number[]): Promise<void> {
  const nodes = ports.map(lookAt);
  try {
    const firstSlot = (node: number): number => Math.ceil((node * SLOTS) / ports.length);
    await Promise.all(
      nodes.map(async (redis, node) => {
        const slots = Array.from({ length: firstSlot(node + 1) - firstSlot(node) }, (_, i) => firstSlot(node) + i);
        await redis.cluster('ADDSLOTS', ...slots);
        // two nodes with one epoch would each take the other's slots
        await redis.cluster('SET-CONFIG-EPOCH', node + 1);
      }),
    );
    for (const port of ports.slice(1)) await nodes[0]!.cluster('MEET', '127.0.0.1', port);
  } finally {
    for (const redis of nodes) redis.disconnect();
  }
  await untilWhole(ports);
}

/** Until every node says that every slot is served. */
async function untilWhole(ports: readonly number[]): Promise<void> {
  const nodes = ports.map(lookAt);
  try {
    const whole = async (): Promise<boolean> => {
      const infos = await Promise.all(nodes.map(async (redis) => redis.cluster('INFO')));
      return infos.every(
        (info) =>
          /cluster_state:ok/.test(info) &&
          info.includes(`cluster_slots_ok:${SLOTS}`) &&
          info.includes(`cluster_known_nodes:${ports.length}`),
      );
    };
    await waitFor(whole, { timeoutMs: FORMING_TIMEOUT_MS, what: 'the Redis Cluster to be whole' });
  } finally {
    for (const redis of nodes) redis.disconnect();
  }
}

function lookAt(port: number): Redis {
  const redis = new Redis({ host: '127.0.0.1', port, replyMapping: 'legacy', maxRetriesPerRequest: null });
  // one that is still away is waited for
  redis.on('error', () => undefined);
  return redis;
}
