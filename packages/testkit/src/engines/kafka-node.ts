import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { enginesUnavailable } from './engine.ts';
import { startEngineProcess } from './engine-process.ts';
import type { LocalEngine } from './local-redis.ts';
import { probeKafka } from './probe.ts';

const FORMAT_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;
/** 2.3 s on an idle machine; many times that beside a full test run on two cores. */
const READY_TIMEOUT_MS = 60_000;
/** For a broker that starts quickly and serves one developer: 340 MB in memory. */
const JVM_FLAGS = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xmx512m'];
const LOG_CONFIG = fileURLToPath(new URL('kafka-log4j2.properties', import.meta.url));

export interface KafkaFiles {
  java: string;
  /** The folder with Kafka's jars. */
  jars: string;
}

type Settings = Readonly<Record<string, string | number | boolean>>;

/** What every node of ours has, alone or in a cluster: broker and controller in one process, light and quick. */
export const NODE_SETTINGS: Settings = {
  'process.roles': 'broker,controller',
  'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'controller.listener.names': 'CONTROLLER',
  'auto.create.topics.enable': false,
  'offsets.topic.num.partitions': 8,
  'transaction.state.log.num.partitions': 4,
  'share.coordinator.state.topic.num.partitions': 4,
  'group.initial.rebalance.delay.ms': 0,
  // Index files are allocated at this size and mapped: 10 MB each is much for hundreds of small partitions.
  'log.index.size.max.bytes': 1_048_576,
  'log.retention.check.interval.ms': 60_000,
  // The cleaner's map is 128 MB by default, a quarter of this heap.
  'log.cleaner.dedupe.buffer.size': 16_777_216,
  'num.network.threads': 2,
  'num.io.threads': 4,
};

export function newClusterId(): string {
  return randomBytes(16).toString('base64url');
}

/** Starts one node with these settings and waits until it serves on `port`; formats its storage if it is new. */
export async function startKafkaNode(
  node: KafkaFiles & {
    dir: string;
    port: number;
    settings: Settings;
    /** All nodes of a cluster have the same; a new one unless given. */
    clusterId?: string;
    signal?: AbortSignal | undefined;
  },
): Promise<LocalEngine> {
  const properties = join(node.dir, 'server.properties');
  mkdirSync(node.dir, { recursive: true });
  writeFileSync(
    properties,
    Object.entries(node.settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  const jvm = [
    ...JVM_FLAGS,
    `-Dlog4j2.configurationFile=${LOG_CONFIG}`,
    `-Dwatchword.dir=${node.dir}`,
    '-cp',
    join(node.jars, '*'),
  ];
  if (!existsSync(join(String(node.settings['log.dirs']), 'meta.properties')))
    await format(node.java, jvm, properties, node.clusterId ?? newClusterId());
  const engine = await startEngineProcess({
    name: 'kafka',
    command: node.java,
    args: [...jvm, 'kafka.Kafka', properties],
    dir: node.dir,
    stopTimeoutMs: STOP_TIMEOUT_MS,
    probe: () => probeKafka(`127.0.0.1:${node.port}`),
    readyTimeoutMs: READY_TIMEOUT_MS,
    signal: node.signal,
  });
  return { ...engine, port: node.port };
}

async function format(java: string, jvm: readonly string[], properties: string, clusterId: string): Promise<void> {
  // With `=`, since one id in 64 begins with a dash and would be taken for an option.
  const tool = ['kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, '--config', properties];
  try {
    await promisify(execFile)(java, [...jvm, ...tool], { timeout: FORMAT_TIMEOUT_MS });
  } catch (error) {
    throw enginesUnavailable(`Kafka's storage could not be formatted: ${(error as Error).message}`, error);
  }
}
