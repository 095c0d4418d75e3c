import kafkajs, { type Kafka, type KafkaConfig, type logCreator } from 'kafkajs';
import type { Logger } from 'pino';
import type { BusConfig } from '../port.ts';
import { readAllCodecs } from './codecs.ts';
import { createSocket } from './create-socket.ts';
import { fixHangs } from './hang-fix.ts';
import { fixIdleTimer } from './timer-fix.ts';

/** Above a broker's loss (8-15 s without acknowledgement): earlier, a retry would only queue behind the first try. */
const REQUEST_TIMEOUT_MS = 20_000;
/** A broker in another region, under load. */
const CONNECTION_TIMEOUT_MS = 3_000;
/** Short: the lanes and the supervisor retry for ever, and they know what may still be retried. */
export const RETRY = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 4 };

export function createClient(config: BusConfig, log: Logger): Kafka {
  fixIdleTimer();
  fixHangs();
  readAllCodecs();
  const options: KafkaConfig = {
    brokers: config.brokers,
    clientId: config.clientId,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    retry: RETRY,
    socketFactory: createSocket,
    logLevel: kafkajs.logLevel.INFO,
    logCreator: logTo(log),
  };
  if (config.ssl !== undefined) options.ssl = config.ssl;
  if (config.sasl) options.sasl = saslOptions(config.sasl);
  return new kafkajs.Kafka(options);
}

function saslOptions({ mechanism, username, password }: NonNullable<BusConfig['sasl']>): KafkaConfig['sasl'] & object {
  switch (mechanism) {
    case 'plain':
      return { mechanism, username, password };
    case 'scram-sha-256':
      return { mechanism, username, password };
    case 'scram-sha-512':
      return { mechanism, username, password };
  }
}

/** Fields of kafkajs' log entries that are safe and useful; stacks and payloads are neither. */
const FIELDS = ['groupId', 'memberId', 'broker', 'topic', 'partition', 'error', 'retryCount', 'retryTime'];

/**
 * In an outage kafkajs writes several lines a second, and calls errors what it, a lane or the supervisor repeats. Those
 * are for debugging; that Kafka stopped and began to answer is told once, by our own lines.
 */
function logTo(log: Logger): logCreator {
  const { logLevel } = kafkajs;
  return () =>
    ({ level, log: entry, namespace }) => {
      const fields: Record<string, unknown> = { namespace };
      for (const name of FIELDS) {
        const value: unknown = entry[name];
        if (value !== undefined) fields[name] = value instanceof Error ? value.message : value;
      }
      if (level <= logLevel.WARN) log.debug(fields, entry.message);
      else log.trace(fields, entry.message);
    };
}
