import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { createAptInstaller } from './engines/apt.ts';
import { enginesUnavailable } from './engines/engine.ts';
import { findRedisServer } from './engines/find-redis-server.ts';
import { startLocalRedisCluster } from './engines/local-redis-cluster.ts';
import { setup as setupEngines } from './global-setup.ts';

declare module 'vitest' {
  // What `inject` gives to tests of the project `redis-cluster` besides.
  interface ProvidedContext {
    /** The program, for tests that kill servers of their own. */
    redisServer: string;
  }
}

/** As for the project `integration`, but the run's Redis is a Cluster of three masters. `redisUrl` is one server all the same. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stopEngines = await setupEngines(project);
  const dir = mkdtempSync(join(tmpdir(), 'watchword-redis-cluster-'));
  const { binary, cluster } = await startCluster(dir).catch(async (error: unknown) => {
    await stopEngines();
    throw error;
  });
  project.provide('redisServer', binary);
  project.provide('redis', { url: `redis://${cluster.nodes[0]}`, nodes: cluster.nodes });
  return async () => {
    await cluster.stop();
    await stopEngines();
    rmSync(dir, { recursive: true, force: true });
  };
}

async function startCluster(dir: string) {
  const found = await findRedisServer({ installer: createAptInstaller(console.log), onProgress: console.log });
  if (found.outcome === 'missing') throw enginesUnavailable(`A Redis Cluster needs redis-server: ${found.reason}`);
  return { binary: found.path, cluster: await startLocalRedisCluster({ binary: found.path, dir }) };
}
