import { join } from 'node:path';
import type { Installer } from './apt.ts';
import type { EngineSource } from './engine.ts';
import type { Fetched } from './fetch-once.ts';
import { findJava } from './find-java.ts';
import { findRedisServer } from './find-redis-server.ts';
import { startLocalKafka } from './local-kafka.ts';
import { startLocalRedis, type LocalEngine } from './local-redis.ts';
import { fetchJars, type Coordinates } from './maven.ts';

const KAFKA_VERSION = '4.3.1';
const KAFKA_ARTEFACTS: Coordinates[] = [
  `org.apache.kafka:kafka_2.13:${KAFKA_VERSION}`,
  'org.apache.logging.log4j:log4j-slf4j-impl:2.25.4',
];

export interface LocalSourceOptions {
  /** This run's own folder; asked for only when an engine is started. */
  instanceFolder: () => Promise<string>;
  installer: Installer;
  onProgress: (line: string) => void;
  /** Whether the data is wanted again: an engine whose data is not may be killed. */
  keepData: boolean;
  /** Gives a start up. */
  signal?: AbortSignal | undefined;
}

export function redisFromLocal(options: LocalSourceOptions): EngineSource {
  return {
    origin: 'local',
    async find() {
      const binary = await findRedisServer(options);
      if (binary.outcome === 'missing') {
        return { outcome: 'absent', reason: `Install redis-server 6.2 or newer (${binary.reason}).` };
      }
      // Versions are in the folders' names: another one starts afresh, and nobody's data is misread or lost.
      const dir = join(await options.instanceFolder(), `redis-${binary.major}`);
      return running(await startLocalRedis({ binary: binary.path, dir, signal: options.signal }), 'redis://', options);
    },
  };
}

export function kafkaFromLocal(options: LocalSourceOptions): EngineSource {
  return {
    origin: 'local',
    async find() {
      const java = await findJava(options.installer);
      const jars = java.outcome === 'missing' ? java : await fetchKafka(options);
      if (java.outcome === 'missing' || jars.outcome === 'missing') {
        const { reason } = jars as { reason: string };
        return { outcome: 'absent', reason: `Install Java 17 or newer, and Maven to fetch Kafka (${reason}).` };
      }
      const dir = join(await options.instanceFolder(), `kafka-${KAFKA_VERSION}`);
      return running(
        await startLocalKafka({ java: java.path, jars: jars.path, dir, signal: options.signal }),
        '',
        options,
      );
    },
  };
}

/** The folder with Apache Kafka's jars. */
export function fetchKafka(tools: { installer: Installer; onProgress: (line: string) => void }): Promise<Fetched> {
  return fetchJars(`kafka-${KAFKA_VERSION}`, KAFKA_ARTEFACTS, tools);
}

function running(engine: LocalEngine, scheme: string, { keepData }: LocalSourceOptions) {
  const address = `${scheme}127.0.0.1:${engine.port}`;
  const stop = keepData ? engine.stop : engine.kill;
  return { outcome: 'running', engine: { address, pids: [engine.pid], stop } } as const;
}
