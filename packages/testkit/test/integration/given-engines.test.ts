import { expect, inject, test } from 'vitest';
import { brokerList } from '../../src/engines/from-environment.ts';
import { probeKafka, probeRedis } from '../../src/engines/probe.ts';

test('integration tests get a Redis and a Kafka that answer', async () => {
  await expect(probeRedis(inject('redisUrl'))).resolves.toBeUndefined();
  const brokers = inject('kafkaBrokers');
  expect(brokers).toEqual(brokerList(brokers.join(',')));
  await expect(Promise.any(brokers.map(probeKafka))).resolves.toBeUndefined();
});
