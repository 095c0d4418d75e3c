import { join } from 'node:path';
import { freePort, onFreePort } from '../free-port.ts';
import { waitFor } from '../wait-for.ts';
import { type KafkaFiles, newClusterId, NODE_SETTINGS, startKafkaNode } from './kafka-node.ts';
import { type PartitionState, readCoordinator, readPartitions } from './kafka-wire.ts';
import type { LocalEngine } from './local-redis.ts';

/** A started node is in the cluster, and its replicas are in sync again, within this; seconds on an idle machine. */
const WHOLE_TIMEOUT_MS = 60_000;
const LOOK_INTERVAL_MS = 100;

/** Nodes are named by their ids, from 1 on. */
export interface LocalKafkaCluster {
  /** `host:port` of every broker, node 1 first. */
  brokers: string[];
  /** The node that leads a partition, once there is one. */
  leaderOf(topic: string, partition: number): Promise<number>;
  /** The node that coordinates a consumer group, once there is one. */
  coordinatorOf(group: string): Promise<number>;
  /** Resolves when every replica of the topic is in sync: from then on one more broker may die. */
  whole(topic: string): Promise<void>;
  /** SIGKILL. */
  kill(node: number): Promise<void>;
  /** The killed node again, on the same port, with its data. Resolves when it serves. */
  restart(node: number): Promise<void>;
  /** SIGSTOP: it hangs, its connections stay open. */
  pause(node: number): void;
  resume(node: number): void;
  pids(): number[];
  /** SIGKILL of all: nobody wants the data. */
  stop(): Promise<void>;
}

/**
 * Kafka brokers on loopback that are controllers as well (KRaft), with replication by all of them and `min.insync.replicas`
 * one less, so that one may be away. 340 MB each. `settings` goes before ours.
 */
export function startLocalKafkaCluster(
  options: KafkaFiles & { dir: string; brokers: number; settings?: Readonly<Record<string, string | number>> },
): Promise<LocalKafkaCluster> {
  return onFreePort(async (firstPort) => {
    const ports = [firstPort, ...(await freePorts(options.brokers - 1))];
    const controllerPorts = await freePorts(options.brokers);
    const clusterId = newClusterId();
    const startNode = (node: number): Promise<LocalEngine> => {
      const dir = join(options.dir, `node-${node}`);
      const port = ports[node - 1]!;
      const at = { port, controllerPorts, data: join(dir, 'data') };
      const settings = { ...settingsOf(node, at), ...options.settings };
      return startKafkaNode({ java: options.java, jars: options.jars, dir, port, settings, clusterId });
    };
    const nodes = ports.map((_, index) => index + 1);
    const started = await Promise.allSettled(nodes.map(startNode));
    const engines = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const failed = started.find((each) => each.status === 'rejected');
    if (!failed) return handleOf(ports, engines, startNode);
    await Promise.all(engines.map((engine) => engine.kill()));
    throw failed.reason;
  });
}

function handleOf(
  ports: readonly number[],
  engines: LocalEngine[],
  startNode: (node: number) => Promise<LocalEngine>,
): LocalKafkaCluster {
  /** Nodes that can be asked; those that are away or hang cannot. */
  const away = new Set<number>();
  const engineOf = (node: number): LocalEngine => engines[node - 1]!;
  const askAny = async <T>(read: (port: number) => Promise<T>): Promise<T> => {
    const port = ports.find((_, index) => !away.has(index + 1));
    if (port === undefined) throw new Error('every broker is away');
    return read(port);
  };
  const soon = (what: string) => ({ timeoutMs: WHOLE_TIMEOUT_MS, intervalMs: LOOK_INTERVAL_MS, what });
  const isHere = (node: number | undefined): node is number => node !== undefined && node > 0 && !away.has(node);
  const partitionsOf = (topic: string): Promise<PartitionState[]> => askAny((port) => readPartitions(port, topic));

  return {
    brokers: ports.map((port) => `127.0.0.1:${port}`),
    leaderOf: (topic, partition) =>
      waitFor(
        async () => {
          const leader = (await partitionsOf(topic)).find((each) => each.partition === partition)?.leader;
          return isHere(leader) && leader;
        },
        soon(`a leader of ${topic}/${partition}`),
      ),
    coordinatorOf: (group) =>
      waitFor(
        async () => {
          const node = await askAny((port) => readCoordinator(port, group));
          return isHere(node) && node;
        },
        soon(`a coordinator of ${group}`),
      ),
    async whole(topic) {
      await waitFor(
        async () => {
          // of those that hung or died, each knows at first only what was before
          const views = await Promise.all(
            ports.filter((_, index) => !away.has(index + 1)).map((port) => readPartitions(port, topic)),
          );
          return views.every(
            (partitions) =>
              partitions.length > 0 && partitions.every(({ isr, leader }) => leader > 0 && isr.length === ports.length),
          );
        },
        soon(`all replicas of ${topic} to be in sync`),
      );
    },
    async kill(node) {
      away.add(node);
      await engineOf(node).kill();
    },
    async restart(node) {
      engines[node - 1] = await startNode(node);
      away.delete(node);
    },
    pause(node) {
      away.add(node);
      process.kill(engineOf(node).pid, 'SIGSTOP');
    },
    resume(node) {
      process.kill(engineOf(node).pid, 'SIGCONT');
      away.delete(node);
    },
    pids: () => engines.map(({ pid }) => pid),
    async stop() {
      await Promise.all(engines.map((engine) => engine.kill()));
    },
  };
}

async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}

function settingsOf(node: number, at: { port: number; controllerPorts: readonly number[]; data: string }) {
  const count = at.controllerPorts.length;
  const leastInSync = Math.max(1, count - 1);
  const controllerPort = at.controllerPorts[node - 1]!;
  return {
    ...NODE_SETTINGS,
    'node.id': node,
    'controller.quorum.voters': at.controllerPorts.map((port, index) => `${index + 1}@127.0.0.1:${port}`).join(','),
    listeners: `PLAINTEXT://127.0.0.1:${at.port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${at.port}`,
    'log.dirs': at.data,
    'default.replication.factor': count,
    'min.insync.replicas': leastInSync,
    'offsets.topic.replication.factor': count,
    'transaction.state.log.replication.factor': count,
    'transaction.state.log.min.isr': leastInSync,
    'share.coordinator.state.topic.replication.factor': count,
    'share.coordinator.state.topic.min.isr': leastInSync,
  };
}
