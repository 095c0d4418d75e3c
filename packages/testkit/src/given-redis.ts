import { Cluster, Redis } from 'ioredis';

/** The run's Redis: one server, or a Cluster. */
export interface GivenRedis {
  /** One server; of a Cluster one of its nodes. */
  url: string;
  /** `host:port` of a Cluster's masters; empty where it is one server. */
  nodes: readonly string[];
}

/** A connection for looking and for what a test brings about, with RESP2's shapes; the caller ends it. */
export function connectGivenRedis({ url, nodes }: GivenRedis): Redis | Cluster {
  if (nodes.length === 0) return new Redis(url, { replyMapping: 'legacy' });
  return new Cluster(nodesOf(nodes), { redisOptions: { replyMapping: 'legacy' } });
}

/** As `packages/queues` takes it. */
export function queueConnectionOf({ url, nodes }: GivenRedis): string | { cluster: { host: string; port: number }[] } {
  return nodes.length === 0 ? url : { cluster: nodesOf(nodes) };
}

/** The keys that match a pattern, of every master. By SCAN, as the engine is shared with the other tests of the run. */
export async function keysOf(redis: Redis | Cluster, pattern: string): Promise<string[]> {
  if (redis instanceof Cluster && redis.status !== 'ready') await redis.ping();
  const servers = redis instanceof Cluster ? redis.nodes('master') : [redis];
  const found = await Promise.all(servers.map(async (server) => scan(server, pattern)));
  return [...new Set(found.flat())];
}

async function scan(redis: Redis, pattern: string): Promise<string[]> {
  const found: string[] = [];
  for await (const page of redis.scanStream({ match: pattern, count: 1000 })) found.push(...(page as string[]));
  return found;
}

function nodesOf(nodes: readonly string[]): { host: string; port: number }[] {
  return nodes.map((node) => {
    const colon = node.lastIndexOf(':');
    return { host: node.slice(0, colon), port: Number(node.slice(colon + 1)) };
  });
}
