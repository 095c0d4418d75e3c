import { createAptInstaller, type Installer } from './apt.ts';
import { findJava } from './find-java.ts';
import { findRedisServer } from './find-redis-server.ts';
import { fetchKafka } from './from-local.ts';

/** What local engines are started from. */
export interface EngineFiles {
  redisServer: string;
  java: string;
  /** The folder with Kafka's jars. */
  jars: string;
}

export type FoundEngines = { outcome: 'found'; files: EngineFiles } | { outcome: 'missing'; reason: string };

/**
 * Finds what it takes to run a Redis and a Kafka of one's own, whatever the environment offers: for those who kill them.
 *
 * @param options.install false: says what is missing instead of installing it by apt-get
 */
export async function findEngines(options: {
  onProgress: (line: string) => void;
  install: boolean;
}): Promise<FoundEngines> {
  const installer = options.install ? createAptInstaller(options.onProgress) : NOTHING_IS_INSTALLED;
  const tools = { installer, onProgress: options.onProgress };
  const [redis, java] = await Promise.all([findRedisServer(tools), findJava(installer)]);
  if (redis.outcome === 'missing') return redis;
  if (java.outcome === 'missing') return java;
  const jars = await fetchKafka(tools);
  if (jars.outcome === 'missing') return jars;
  return { outcome: 'found', files: { redisServer: redis.path, java: java.path, jars: jars.path } };
}

/** Finds a `redis-server` for one's own Redis, or installs it. @throws Error with what is missing */
export async function findRedisBinary(onProgress: (line: string) => void): Promise<string> {
  const redis = await findRedisServer({ installer: createAptInstaller(onProgress), onProgress });
  if (redis.outcome === 'missing') throw new Error(redis.reason);
  return redis.path;
}

const NOTHING_IS_INSTALLED: Installer = {
  unusable: 'and nothing is installed for this',
  install: () => Promise.resolve({ outcome: 'failed', reason: 'nothing is installed for this' }),
  download: () => Promise.resolve({ outcome: 'failed', reason: 'nothing is installed for this' }),
};
