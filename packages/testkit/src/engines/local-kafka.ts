import { freePort, onFreePort } from '../free-port.ts';
import { join } from 'node:path';
import { type KafkaFiles, NODE_SETTINGS, startKafkaNode } from './kafka-node.ts';
import type { LocalEngine } from './local-redis.ts';

/**
 * One Kafka node (KRaft: broker and controller in one process) on loopback. Its storage in `dir` is formatted if it is
 * new and used as it is if not. `port`: a free one unless given.
 */
export function startLocalKafka(
  options: KafkaFiles & {
    dir: string;
    port?: number | undefined;
    /** Gives the start up. */
    signal?: AbortSignal | undefined;
  },
): Promise<LocalEngine> {
  const start = async (port: number): Promise<LocalEngine> =>
    startKafkaNode({ ...options, port, settings: singleNode(port, await freePort(), join(options.dir, 'data')) });
  return options.port === undefined ? onFreePort(start) : start(options.port);
}

/** Kafka's defaults are for clusters; these are for one node that starts, rebalances and stops quickly. */
function singleNode(port: number, controllerPort: number, data: string): Record<string, string | number | boolean> {
  return {
    ...NODE_SETTINGS,
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'log.dirs': data,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    // After a crash a broker is let in again only when its former self has timed out: 9 s by default.
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
  };
}
