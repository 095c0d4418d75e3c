import { Cluster, type Redis } from 'ioredis';
import type { Logger } from 'pino';

interface Naming {
  log: Logger;
  /** In the lines: `ingest:state`. */
  name: string;
}

/** ioredis' words for a command on a connection that ended, whyever. */
const CLOSED = 'Connection is closed.';
/** More nodes than any Cluster has: names of lost ones are not kept without end. */
const LOST_NODES_MAX = 1000;

/**
 * ioredis emits an error per try: one line when Redis goes, one when it is back; of a Cluster also for each node. Addresses
 * and texts of errors are not logged, as they may quote a login; nodes are named as host:port.
 */
export function logOutages(redis: Redis | Cluster, options: Naming): { lastReason: () => string | undefined } {
  let lostAtMs: number | undefined;
  let lastReason: string | undefined;
  redis.on('error', (error: Error) => {
    lastReason = reasonOf(error);
    if (lostAtMs !== undefined) return;
    lostAtMs = performance.now();
    options.log.warn({ redis: options.name, reason: lastReason }, 'Redis cannot be reached');
  });
  redis.on('close', () => {
    // A close that we asked for goes straight on to the end.
    if (lostAtMs !== undefined || redis.status === 'end') return;
    lostAtMs = performance.now();
    options.log.warn({ redis: options.name, reason: 'the connection was closed' }, 'Redis cannot be reached');
  });
  redis.on('ready', () => {
    if (lostAtMs === undefined) return;
    options.log.info({ redis: options.name, outage_ms: Math.round(performance.now() - lostAtMs) }, 'Redis is back');
    lostAtMs = undefined;
  });
  if (redis instanceof Cluster) logNodes(redis, options);
  return { lastReason: () => lastReason };
}

function logNodes(cluster: Cluster, { log, name }: Naming): void {
  const lost = new Set<string>();
  const tellLost = (node: string, reason: string): void => {
    if (lost.has(node) || cluster.status !== 'ready' || lost.size >= LOST_NODES_MAX) return;
    lost.add(node);
    log.warn({ redis: name, node, reason }, 'a Redis node cannot be reached');
  };
  cluster.on('node error', (error: Error, node: string) => tellLost(node, reasonOf(error)));
  cluster.on('-node', (redis: Redis) => {
    const node = keyOf(redis);
    // one that serves no slot any more was taken out in good order
    if (cluster.slots.some((keys) => keys?.[0] === node)) tellLost(node, 'the connection was closed');
  });
  cluster.on('+node', (redis: Redis) => {
    redis.once('ready', () => {
      if (lost.delete(keyOf(redis))) log.info({ redis: name, node: keyOf(redis) }, 'a Redis node is back');
    });
  });
}

function keyOf(redis: Redis): string {
  return `${redis.options.host}:${redis.options.port}`;
}

/** A code, or the word in capitals with which Redis' own refusals begin: WRONGPASS, NOAUTH, NOPERM, LOADING. */
function reasonOf(error: NodeJS.ErrnoException & { lastNodeError?: Error }): string {
  if (error.code !== undefined) return error.code;
  if (error.message === CLOSED) return 'the connection was refused or closed';
  // a Cluster of which no node answered, and Sentinels likewise, quote the last one's reason
  if (error.lastNodeError) return reasonOf(error.lastNodeError);
  const quoted = /(?:^|Last error: )([A-Z]{4,})\b|\b(E[A-Z]{5,})\b/.exec(error.message);
  return quoted?.[1] ?? quoted?.[2] ?? error.name;
}
