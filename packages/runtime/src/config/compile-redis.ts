import type { RawConfig } from './schema.ts';
import { Secret } from './secret.ts';

export interface RedisNode {
  host: string;
  port: number;
}

export interface RedisTls {
  ca?: Secret;
  serverName?: string;
}

interface RedisLogin {
  username?: string;
  password?: Secret;
  /** There: TLS. */
  tls?: RedisTls;
}

/** One server, a Cluster, or a master under Sentinel; and how to log in. What must not be seen is a `Secret`. */
export type RedisSettings = RedisLogin &
  (
    | { kind: 'server'; host: string; port: number; db: number }
    | { kind: 'cluster'; nodes: readonly RedisNode[] }
    | { kind: 'sentinel'; name: string; nodes: readonly RedisNode[]; sentinel: RedisLogin }
  );

type RawRedis = RawConfig['redis']['state'];

/** Takes addresses apart. A password inside a URL (it came by a reference) becomes a `Secret`. */
export function compileRedis(raw: RawRedis): RedisSettings {
  if (raw.cluster) return { kind: 'cluster', nodes: nodesOf(raw.cluster.nodes), ...compileLogin(raw) };
  if (raw.sentinel) {
    const { name, nodes, ...login } = raw.sentinel;
    return { kind: 'sentinel', name, nodes: nodesOf(nodes), sentinel: compileLogin(login), ...compileLogin(raw) };
  }
  return compileServer(raw);
}

function compileServer(raw: RawRedis): RedisSettings {
  // one of the three is there: the loader sees to it
  const url = new URL(raw.url ?? '');
  const username = raw.username ?? decodeURIComponent(url.username);
  const inUrl = decodeURIComponent(url.password);
  const password = raw.password ?? (inUrl === '' ? undefined : new Secret(inUrl, 'the address'));
  return {
    kind: 'server',
    host: withoutBrackets(url.hostname),
    port: url.port === '' ? 6379 : Number(url.port),
    db: /^\/[0-9]+$/.test(url.pathname) ? Number(url.pathname.slice(1)) : 0,
    ...(username === '' ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(url.protocol === 'rediss:' ? { tls: compileTls(raw.tls) } : {}),
  };
}

function compileLogin({ username, password, tls }: Pick<RawRedis, 'username' | 'password' | 'tls'>): RedisLogin {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls: compileTls(tls) }),
  };
}

function compileTls(raw: RawRedis['tls']): RedisTls {
  return {
    ...(raw?.ca === undefined ? {} : { ca: raw.ca }),
    ...(raw?.server_name === undefined ? {} : { serverName: raw.server_name }),
  };
}

function nodesOf(addresses: string | readonly string[]): RedisNode[] {
  const list = typeof addresses === 'string' ? addresses.split(',') : addresses;
  return list.map((address) => {
    const colon = address.lastIndexOf(':');
    return { host: withoutBrackets(address.slice(0, colon).trim()), port: Number(address.slice(colon + 1)) };
  });
}

/** IPv6 addresses stand in brackets in a URL, but not in a socket's options. */
function withoutBrackets(host: string): string {
  return host.replaceAll(/^\[|\]$/g, '');
}
