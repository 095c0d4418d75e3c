import { execFile } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Installer } from './apt.ts';
import { findOnPath } from './find-on-path.ts';
import { fetchUnpacked, type Fetched } from './maven.ts';

/** The scripts run on Redis 6.2 and newer (design §5). */
const REDIS_VERSION_MIN = { major: 6, minor: 2 };
const EMBEDDED_REDIS = 'com.github.codemonstur:embedded-redis:1.4.3';

/** redis-server from the path, else by apt-get, else the binary inside the Maven artefact (needs OpenSSL 3). */
export async function findRedisServer(tools: {
  installer: Installer;
  onProgress: (line: string) => void;
}): Promise<Fetched> {
  const reasons: string[] = [];
  const path = findOnPath('redis-server');
  if (path !== undefined) {
    const problem = await whyUnusable(path);
    if (problem === undefined) return { outcome: 'found', path };
    reasons.push(problem);
  }
  // Where one is there but too old, apt-get has no other.
  if (path === undefined && tools.installer.unusable === undefined) {
    const answer = await tools.installer.install('Redis', ['redis-server']);
    if (answer.outcome === 'installed' && (await whyUnusable('redis-server')) === undefined) {
      return { outcome: 'found', path: 'redis-server' };
    }
    reasons.push(answer.outcome === 'failed' ? answer.reason : 'the redis-server of apt-get is too old');
  } else if (path === undefined) {
    reasons.push(`redis-server is missing, ${tools.installer.unusable}`);
  }
  const embedded = await fetchEmbedded(tools);
  return embedded.outcome === 'found'
    ? embedded
    : { outcome: 'missing', reason: [...reasons, embedded.reason].join('; ') };
}

async function fetchEmbedded(tools: { installer: Installer; onProgress: (line: string) => void }): Promise<Fetched> {
  const file = embeddedBinary(process.platform, process.arch);
  if (file === undefined) return { outcome: 'missing', reason: `no redis-server is known for ${process.platform}` };
  const folder = await fetchUnpacked('embedded-redis-1.4.3', EMBEDDED_REDIS, tools);
  if (folder.outcome === 'missing') return folder;
  const path = join(folder.path, file);
  chmodSync(path, 0o755);
  const problem = await whyUnusable(path);
  return problem === undefined ? { outcome: 'found', path } : { outcome: 'missing', reason: problem };
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

async function whyUnusable(binary: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(binary, ['--version']);
    return isNewEnough(stdout) ? undefined : `${binary} is older than 6.2`;
  } catch (error) {
    return `${binary} does not run: ${(error as Error).message.trim()}`;
  }
}

/** Reads `Redis server v=7.0.15 sha=…`. */
export function isNewEnough(version: string): boolean {
  const [, major, minor] = /v=(\d+)\.(\d+)/.exec(version)?.map(Number) ?? [];
  if (major === undefined || minor === undefined) return false;
  return major > REDIS_VERSION_MIN.major || (major === REDIS_VERSION_MIN.major && minor >= REDIS_VERSION_MIN.minor);
}
