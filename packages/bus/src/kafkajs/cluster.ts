import type { Cluster, Kafka } from 'kafkajs';

/** Nobody publishes in transactions here; those of others would be read whether committed or not. */
export const READ_UNCOMMITTED = 0;

type CreateCluster = (options: { allowAutoTopicCreation: boolean; isolationLevel: number }) => Cluster;

/**
 * kafkajs' own cluster object, for requests that its clients don't make. It gives it to its producers and consumers by a private
 * symbol; 2.2.4 is its last version, and the tests of `Bus.read` run this on a real broker.
 */
export function createCluster(kafka: Kafka): Cluster {
  const [create] = clusterMaker(kafka);
  return create({ allowAutoTopicCreation: false, isolationLevel: READ_UNCOMMITTED });
}

/** A client of kafkajs with the cluster object that it was given: what it knows of leaders is what it will act upon. */
export function withItsCluster<T>(kafka: Kafka, make: () => T): { client: T; cluster: Cluster } {
  const [create, replace] = clusterMaker(kafka);
  let cluster: Cluster | undefined;
  replace((options) => (cluster = create(options)));
  try {
    const client = make();
    if (!cluster) throw new TypeError('this kafkajs is not 2.2.4: it makes no cluster for a client');
    return { client, cluster };
  } finally {
    replace(create);
  }
}

function clusterMaker(kafka: Kafka): [create: CreateCluster, replace: (by: CreateCluster) => void] {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  const makers = kafka as unknown as Record<symbol, CreateCluster>;
  const create = symbol && makers[symbol];
  if (!create) throw new TypeError('this kafkajs is not 2.2.4: it has no createCluster');
  return [create, (by) => (makers[symbol] = by)];
}
