import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { LeaderMoved, restrictLeaders } from './one-leader.ts';

/** Partition 0 is led by a, 1 by b. */
function createCluster() {
  const leaders: Record<string, string> = { 0: 'a', 1: 'b' };
  return {
    leaders,
    findLeaderForPartitions: (_topic: string, partitions: number[]) =>
      Object.groupBy(partitions, (partition) => leaders[partition]!) as Record<string, number[]>,
  };
}

test('what is another leader’s by the time of the request is not sent', async () => {
  const cluster = createCluster();
  const only = restrictLeaders(cluster);
  const sendTo = async (leader: string | undefined, partitions: number[]) =>
    only(leader, async () => {
      // as kafkajs: it awaits a refresh and connections first
      await turn();
      return cluster.findLeaderForPartitions('t', partitions);
    });
  expect(await sendTo('a', [0])).toEqual({ a: [0] });
  await expect(sendTo('a', [0, 1])).rejects.toThrow(LeaderMoved);
  const sent = sendTo('a', [0]);
  cluster.leaders[0] = 'b';
  await expect(sent).rejects.toThrow(LeaderMoved);
});

test('another request at the same time is held to its own leader, and one to anybody to none', async () => {
  const cluster = createCluster();
  const only = restrictLeaders(cluster);
  const ask = async (partition: number) => {
    await turn();
    return cluster.findLeaderForPartitions('t', [partition]);
  };
  const answers = await Promise.allSettled([
    only('a', async () => ask(0)),
    only('b', async () => ask(1)),
    only('b', async () => ask(0)),
    only(undefined, async () => ask(1)),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  expect(cluster.findLeaderForPartitions('t', [0, 1])).toEqual({ a: [0], b: [1] });
});
