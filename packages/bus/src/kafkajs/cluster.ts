import type { Cluster, Kafka } from 'kafkajs';

/** Nobody publishes in transactions here; those of others would be read whether committed or not. */
export const READ_UNCOMMITTED = 0;

type CreateCluster = (options: { allowAutoTopicCreation: boolean; isolationLevel: number }) => Cluster;

/**
 * kafkajs' own cluster object, for requests that its clients don't make. It gives it to its producers and consumers by a private
 * symbol; 2.2.4 is its last version, and the tests of `Bus.read` run this on a real broker.
 */
export function createCluster(kafka: Kafka): Cluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  const create = symbol && (kafka as unknown as Record<symbol, CreateCluster>)[symbol];
  if (!create) throw new TypeError('this kafkajs is not 2.2.4: it has no createCluster');
  return create({ allowAutoTopicCreation: false, isolationLevel: READ_UNCOMMITTED });
}
