import type { Logger } from 'pino';
import type { Driver } from '../driver.ts';
import type { BusConfig } from '../port.ts';
import { createClient } from './client.ts';
import { startConsumer } from './consumer.ts';
import { openReader } from './reader.ts';
import { createSender } from './sender.ts';
import { createTopicAdmin } from './topics.ts';

/** The bus' way to Kafka by kafkajs 2.2.4: one client, one producer, one consumer per subscription. */
export function createKafkajsDriver(config: BusConfig, log: Logger, now: () => number): Driver {
  const kafka = createClient(config, log);
  return {
    sender: createSender(kafka, log, now),
    ...createTopicAdmin(kafka),
    startConsumer: (options, events) => startConsumer(kafka, options, events),
    openReader: (topics, options) => openReader(kafka, topics, options),
  };
}
