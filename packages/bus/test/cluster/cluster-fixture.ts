import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findEngines, startLocalKafkaCluster, type LocalKafkaCluster } from '@watchword/testkit';
import { afterAll, beforeAll } from 'vitest';

/** Three brokers for the tests of a file, with Kafka's own time-outs: what a bus must live with in production. */
export function useCluster(): () => LocalKafkaCluster {
  let cluster: LocalKafkaCluster | undefined;
  let dir: string | undefined;
  beforeAll(async () => {
    const found = await findEngines({ onProgress: report, install: true });
    if (found.outcome === 'missing') throw new Error(found.reason);
    dir = mkdtempSync(join(tmpdir(), 'watchword-bus-cluster-'));
    cluster = await startLocalKafkaCluster({ ...found.files, dir, brokers: 3 });
  });
  afterAll(async () => {
    await cluster?.stop();
    if (dir !== undefined) rmSync(dir, { recursive: true, force: true });
  });
  return () => {
    if (!cluster) throw new Error('the brokers have not started');
    return cluster;
  };
}

/** Figures of a run, for who reads it: what they may be is asserted, how they were is told. */
export function report(line: string): void {
  process.stdout.write(`${line}\n`);
}
