import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { StartedTestContainer } from 'testcontainers';
import { freePort } from '../free-port.ts';
import { waitFor } from '../wait-for.ts';
import type { EngineSource, RunningEngine } from './engine.ts';
import { probeKafka, probeRedis } from './probe.ts';

const REDIS_IMAGE = 'redis:7-alpine';
const KAFKA_IMAGE = 'apache/kafka:4.3.1';
/** The first start pulls up to 400 MB. */
const START_TIMEOUT_MS = 5 * 60_000;
const READY_TIMEOUT_MS = 60_000;

type Testcontainers = typeof import('testcontainers');
type Progress = (line: string) => void;

/** Redis in a container. The containers end with this process: testcontainers' reaper sees to it. */
export function redisFromContainer(onProgress: Progress): EngineSource {
  return fromContainer(REDIS_IMAGE, onProgress, async ({ GenericContainer }) => {
    const command = ['redis-server', '--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''];
    const container = await new GenericContainer(REDIS_IMAGE)
      .withCommand([...command, '--maxmemory-policy', 'noeviction'])
      .withExposedPorts(6379)
      .withStartupTimeout(START_TIMEOUT_MS)
      .start();
    const address = `redis://${container.getHost()}:${container.getMappedPort(6379)}`;
    return ready(container, address, () => probeRedis(address));
  });
}

/** One Kafka node (KRaft) in a container, reached on a port that is chosen before, since a broker announces its own. */
export function kafkaFromContainer(onProgress: Progress): EngineSource {
  return fromContainer(KAFKA_IMAGE, onProgress, async ({ GenericContainer, getContainerRuntimeClient }) => {
    const { host } = (await getContainerRuntimeClient()).info.containerRuntime;
    const port = await freePort();
    const container = await new GenericContainer(KAFKA_IMAGE)
      .withEnvironment(kafkaEnvironment(`${host}:${port}`))
      .withExposedPorts({ container: 29092, host: port })
      .withStartupTimeout(START_TIMEOUT_MS)
      .start();
    const address = `${container.getHost()}:${port}`;
    return ready(container, address, () => probeKafka(address));
  });
}

function kafkaEnvironment(advertised: string): Record<string, string> {
  return {
    KAFKA_NODE_ID: '1',
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_LISTENERS: 'EXTERNAL://:29092,CONTROLLER://:9093',
    KAFKA_ADVERTISED_LISTENERS: `EXTERNAL://${advertised}`,
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'EXTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
    KAFKA_INTER_BROKER_LISTENER_NAME: 'EXTERNAL',
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
    KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '8',
    KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
    KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: '1',
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
  };
}

async function ready(
  container: StartedTestContainer,
  address: string,
  probe: () => Promise<void>,
): Promise<RunningEngine> {
  const stop = async (): Promise<void> => {
    await container.stop();
  };
  try {
    await waitFor(() => probe().then(() => true), { timeoutMs: READY_TIMEOUT_MS, what: `the container at ${address}` });
  } catch (error) {
    await stop();
    throw error;
  }
  return { address, pids: [], stop };
}

function fromContainer(
  image: string,
  onProgress: Progress,
  start: (testcontainers: Testcontainers) => Promise<RunningEngine>,
): EngineSource {
  const absent = (why: string) =>
    ({ outcome: 'absent', reason: `Start a container engine, such as Docker (${why}).` }) as const;
  return {
    origin: 'container',
    async find() {
      if (!mayHaveContainerEngine()) return absent('none was found');
      // Only now: loading testcontainers takes half a second.
      const testcontainers = await import('testcontainers');
      const answers = await testcontainers.getContainerRuntimeClient().then(
        () => true,
        () => false,
      );
      if (!answers) return absent('none answers');
      onProgress(`Starting ${image} in a container; the first time it is pulled, which takes a while ...`);
      try {
        return { outcome: 'running', engine: await start(testcontainers) };
      } catch (error) {
        // An engine that cannot pull or run the image is as good as none: a local engine may still work.
        const reason = error instanceof Error ? error.message : String(error);
        onProgress(`${image} did not start in a container: ${reason}`);
        return absent(`it answers, but ${image} did not start: ${reason}`);
      }
    },
  };
}

/** The places where testcontainers looks, seen without loading it. */
function mayHaveContainerEngine(): boolean {
  const home = homedir();
  const sockets = [
    '/var/run/docker.sock',
    ...(process.env['XDG_RUNTIME_DIR'] ? [join(process.env['XDG_RUNTIME_DIR'], 'docker.sock')] : []),
    join(home, '.docker/run/docker.sock'),
    join(home, '.docker/desktop/docker.sock'),
    `/run/user/${process.getuid?.() ?? 0}/docker.sock`,
    join(home, '.testcontainers.properties'),
  ];
  return Boolean(process.env['DOCKER_HOST']) || sockets.some((path) => existsSync(path));
}
