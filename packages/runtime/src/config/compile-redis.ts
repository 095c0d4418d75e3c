import type { RawConfig } from './schema.ts';
import { Secret } from './secret.ts';

/** Where a Redis is and how to log in; the one thing in it that must not be seen is a `Secret`. */
export interface RedisSettings {
  host: string;
  port: number;
  db: number;
  username?: string;
  password?: Secret;
  tls?: { ca?: Secret; serverName?: string };
}

type RawRedis = RawConfig['redis']['state'];

/** Takes the address apart. A password inside it (it came by a reference) becomes a `Secret`. */
export function compileRedis(raw: RawRedis): RedisSettings {
  const url = new URL(raw.url);
  const username = raw.username ?? decodeURIComponent(url.username);
  const inUrl = decodeURIComponent(url.password);
  const password = raw.password ?? (inUrl === '' ? undefined : new Secret(inUrl, 'the address'));
  return {
    // IPv6 addresses stand in brackets in a URL, but not in a socket's options.
    host: url.hostname.replaceAll(/^\[|\]$/g, ''),
    port: url.port === '' ? 6379 : Number(url.port),
    db: /^\/[0-9]+$/.test(url.pathname) ? Number(url.pathname.slice(1)) : 0,
    ...(username === '' ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(url.protocol === 'rediss:' ? { tls: compileTls(raw.tls) } : {}),
  };
}

function compileTls(raw: RawRedis['tls']): NonNullable<RedisSettings['tls']> {
  return {
    ...(raw?.ca === undefined ? {} : { ca: raw.ca }),
    ...(raw?.server_name === undefined ? {} : { serverName: raw.server_name }),
  };
}
