import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { startEngines } from './engines/start-engines.ts';
import type { GivenRedis } from './given-redis.ts';

declare module 'vitest' {
  // What `inject` gives to tests of the project `integration`.
  interface ProvidedContext {
    /** One server; where the run's Redis is a Cluster, one of its nodes. */
    redisUrl: string;
    redis: GivenRedis;
    kafkaBrokers: string[];
  }
}

const DATA_DIR = fileURLToPath(new URL('../../../.watchword/test', import.meta.url));

/** Vitest calls it once before the first integration test, and not at all where only unit tests run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const begun = performance.now();
  const engines = await startEngines({ dataDir: DATA_DIR, keepData: false, onProgress: console.log });
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  console.log(`Redis (${engines.origin.redis}) and Kafka (${engines.origin.kafka}) are ready after ${seconds} s`);
  project.provide('redisUrl', engines.redisUrl);
  project.provide('redis', { url: engines.redisUrl, nodes: [] });
  project.provide('kafkaBrokers', engines.kafkaBrokers);
  return () => engines.stop();
}
