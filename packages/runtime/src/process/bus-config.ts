import type { BusConfig } from '@watchword/bus';
import type { Config } from '../config/compile.ts';

/** How the bus of a process reaches Kafka. `name` shows in the brokers' logs and quotas. */
export function busConfig(config: Config, name: string): BusConfig {
  const { brokers, clientId, topicPrefix, ssl, sasl } = config.kafka;
  return {
    brokers: [...brokers],
    clientId: `${clientId}-${name}`,
    topicPrefix,
    groupPrefix: topicPrefix,
    ssl,
    ...(sasl === undefined ? {} : { sasl: { ...sasl, password: sasl.password.reveal() } }),
  };
}
