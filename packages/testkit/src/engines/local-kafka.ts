import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort, onFreePort } from '../free-port.ts';
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

/**
 * One Kafka node (KRaft: broker and controller in one process) on loopback. Its storage in `dir` is formatted if it is
 * new and used as it is if not. `port`: a free one unless given.
 */
export function startLocalKafka(options: {
  java: string;
  /** The folder with Kafka's jars. */
  jars: string;
  dir: string;
  port?: number | undefined;
  /** Gives the start up. */
  signal?: AbortSignal | undefined;
}): Promise<LocalEngine> {
  const start = (port: number): Promise<LocalEngine> => startOn(port, options);
  return options.port === undefined ? onFreePort(start) : start(options.port);
}

async function startOn(
  port: number,
  at: { java: string; jars: string; dir: string; signal?: AbortSignal | undefined },
): Promise<LocalEngine> {
  const data = join(at.dir, 'data');
  const settings = join(at.dir, 'server.properties');
  mkdirSync(at.dir, { recursive: true });
  writeFileSync(settings, serverProperties({ port, controllerPort: await freePort(), data }));
  const jvm = [
    ...JVM_FLAGS,
    `-Dlog4j2.configurationFile=${LOG_CONFIG}`,
    `-Dwatchword.dir=${at.dir}`,
    '-cp',
    join(at.jars, '*'),
  ];
  if (!existsSync(join(data, 'meta.properties'))) await format(at.java, jvm, settings);
  const engine = await startEngineProcess({
    name: 'kafka',
    command: at.java,
    args: [...jvm, 'kafka.Kafka', settings],
    dir: at.dir,
    stopTimeoutMs: STOP_TIMEOUT_MS,
    probe: () => probeKafka(`127.0.0.1:${port}`),
    readyTimeoutMs: READY_TIMEOUT_MS,
    signal: at.signal,
  });
  return { ...engine, port };
}

async function format(java: string, jvm: readonly string[], settings: string): Promise<void> {
  const clusterId = randomBytes(16).toString('base64url');
  // With `=`, since one id in 64 begins with a dash and would be taken for an option.
  const tool = ['kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, '--config', settings];
  try {
    await promisify(execFile)(java, [...jvm, ...tool], { timeout: FORMAT_TIMEOUT_MS });
  } catch (error) {
    throw enginesUnavailable(`Kafka's storage could not be formatted: ${(error as Error).message}`, error);
  }
}

/** Kafka's defaults are for clusters; these are for one node that starts, rebalances and stops quickly. */
function serverProperties(at: { port: number; controllerPort: number; data: string }): string {
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${at.controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${at.port},CONTROLLER://127.0.0.1:${at.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${at.port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': at.data,
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 8,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 4,
    'group.initial.rebalance.delay.ms': 0,
    // After a crash a broker is let in again only when its former self has timed out: 9 s by default.
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
    // Index files are allocated at this size and mapped: 10 MB each is much for hundreds of small partitions.
    'log.index.size.max.bytes': 1_048_576,
    'log.retention.check.interval.ms': 60_000,
    // The cleaner's map is 128 MB by default, a quarter of this heap.
    'log.cleaner.dedupe.buffer.size': 16_777_216,
    'num.network.threads': 2,
    'num.io.threads': 4,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
