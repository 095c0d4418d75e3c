import { execFile } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Installer } from './apt.ts';
import { findOnPath } from './find-on-path.ts';
import { fetchUnpacked } from './maven.ts';

/** The scripts run on Redis 6.2 and newer (design §5). */
const REDIS_VERSION_MIN = { major: 6, minor: 2 };
const EMBEDDED_REDIS = 'com.github.codemonstur:embedded-redis:1.4.3';

export type FoundRedis = { outcome: 'found'; path: string; major: number } | { outcome: 'missing'; reason: string };

/** redis-server from the path, else by apt-get, else the binary inside the Maven artefact (needs OpenSSL 3). */
export async function findRedisServer(tools: {
  installer: Installer;
  onProgress: (line: string) => void;
}): Promise<FoundRedis> {
  const present = await fromPathOrApt(tools.installer);
  if (present.outcome === 'found') return present;
  const embedded = await fetchEmbedded(tools);
  if (embedded.outcome === 'found') return embedded;
  return { outcome: 'missing', reason: `${present.reason}; ${embedded.reason}` };
}

async function fromPathOrApt(installer: Installer): Promise<FoundRedis> {
  const path = findOnPath('redis-server');
  // Where one is there but too old, apt-get has no other.
  if (path !== undefined) return inspect(path);
  if (installer.unusable !== undefined) {
    return { outcome: 'missing', reason: `redis-server is missing, ${installer.unusable}` };
  }
  const answer = await installer.install('Redis', ['redis-server']);
  return answer.outcome === 'installed' ? inspect('redis-server') : { outcome: 'missing', reason: answer.reason };
}

async function fetchEmbedded(tools: { installer: Installer; onProgress: (line: string) => void }): Promise<FoundRedis> {
  const file = embeddedBinary(process.platform, process.arch);
  if (file === undefined) return { outcome: 'missing', reason: `no redis-server is known for ${process.platform}` };
  const folder = await fetchUnpacked('embedded-redis-1.4.3', EMBEDDED_REDIS, tools);
  if (folder.outcome === 'missing') return folder;
  const path = join(folder.path, file);
  chmodSync(path, 0o755);
  return inspect(path);
}

/** The name of this platform's binary inside embedded-redis 1.4.3. */
export function embeddedBinary(platform: string, architecture: string): string | undefined {
  const binaries: Record<string, string> = {
    'linux-x64': 'redis-server-6.2.6-v5-linux-amd64',
    'linux-arm64': 'redis-server-6.2.7-linux-arm64',
    'darwin-x64': 'redis-server-6.2.6-v5-darwin-amd64',
    'darwin-arm64': 'redis-server-6.2.6-v5-darwin-arm64',
  };
  return binaries[`${platform}-${architecture}`];
}

async function inspect(path: string): Promise<FoundRedis> {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version']);
    const major = usableMajor(stdout);
    return major === undefined
      ? { outcome: 'missing', reason: `${path} is older than 6.2` }
      : { outcome: 'found', path, major };
  } catch (error) {
    return { outcome: 'missing', reason: `${path} does not run: ${(error as Error).message.trim()}` };
  }
}

/** The major version in `Redis server v=7.0.15 sha=…`, if our scripts run on it. */
export function usableMajor(version: string): number | undefined {
  const [, major, minor] = /v=(\d+)\.(\d+)/.exec(version)?.map(Number) ?? [];
  if (major === undefined || minor === undefined) return undefined;
  const isNewEnough =
    major > REDIS_VERSION_MIN.major || (major === REDIS_VERSION_MIN.major && minor >= REDIS_VERSION_MIN.minor);
  return isNewEnough ? major : undefined;
}
