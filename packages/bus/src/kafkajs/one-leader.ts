import { AsyncLocalStorage } from 'node:async_hooks';
import type { Cluster } from 'kafkajs';

/** What was to go to one leader is another's by now. Nothing of it was sent. */
export class LeaderMoved extends Error {
  override readonly name = 'LeaderMoved';
}

/**
 * kafkajs asks for leaders once more when it sends, after a refresh of its own. While `send` of what comes back runs, the cluster
 * throws `LeaderMoved` where somebody else leads; undefined: whoever leads will do. Other calls at the same time are not concerned.
 */
export function restrictLeaders(cluster: Pick<Cluster, 'findLeaderForPartitions'>) {
  const allowed = new AsyncLocalStorage<string | undefined>();
  const find = cluster.findLeaderForPartitions.bind(cluster);
  cluster.findLeaderForPartitions = (topic, partitions) => {
    const found = find(topic, partitions);
    const leader = allowed.getStore();
    if (leader !== undefined && Object.keys(found).some((each) => each !== leader))
      throw new LeaderMoved(`${topic} is not ${leader}'s alone any more`);
    return found;
  };
  return async <T>(leader: string | undefined, send: () => Promise<T>): Promise<T> => allowed.run(leader, send);
}
