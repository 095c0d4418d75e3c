import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createTopic } from '../integration/wire.ts';
import { findEngines } from '../../src/engines/find-engines.ts';
import { startLocalKafkaCluster } from '../../src/engines/local-kafka-cluster.ts';
import { identifyProcess } from '../../src/process-life.mjs';

const REPLICAS_OF_THE_CLUSTER = -1;

test('three brokers: a killed leader is followed by another, comes back in sync, and a stop leaves no process', async () => {
  const found = await findEngines({ onProgress: console.log, install: true });
  if (found.outcome === 'missing') throw new Error(found.reason);
  const dir = mkdtempSync(join(tmpdir(), 'watchword-kafka-cluster-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const cluster = await startLocalKafkaCluster({ ...found.files, dir, brokers: 3 });
  onTestFinished(() => cluster.stop());
  expect(new Set(cluster.brokers).size).toBe(3);
  const port = Number(cluster.brokers[0]!.split(':')[1]);
  expect(await createTopic(port, 'a', REPLICAS_OF_THE_CLUSTER)).toBe(0);
  await cluster.whole('a');
  const first = await cluster.leaderOf('a', 0);
  await cluster.kill(first);
  const second = await cluster.leaderOf('a', 0);
  expect(second).not.toBe(first);
  await cluster.restart(first);
  await cluster.whole('a');
  expect([1, 2, 3]).toContain(await cluster.coordinatorOf('g'));
  const pids = cluster.pids();
  await cluster.stop();
  expect(pids.filter((pid) => identifyProcess(pid) !== undefined)).toEqual([]);
});
