import { waitFor } from '@watchword/testkit';
import { expect, test } from 'vitest';
import { createFixture } from '../integration/bus-fixture.ts';
import { report, useCluster } from './cluster-fixture.ts';
import { startTraffic } from './traffic.ts';

const PARTITIONS = 12;
/** As at a broker's death: until the others no longer wait for its replicas, 9 s by Kafka's default, 13 s with the controller. */
const OTHERS_MAX_MS = 20_000;
/** Until another one leads in its place, which takes as long, and is found. */
const ITS_OWN_MAX_MS = 25_000;
const cluster = useCluster();

test('a broker that hangs holds up its own lanes for seconds and the others no longer than its death would; nobody is refused, nothing is lost', async () => {
  const { bus, another, prefix } = await createFixture({ a: PARTITIONS }, cluster().brokers);
  await cluster().whole(`${prefix}a`);
  const traffic = startTraffic(bus, 'a', PARTITIONS);
  const member = another();
  const subscription = await member.subscribe({ group: 'g', topics: ['a'], handle: traffic.handle });
  await subscription.joined();
  await waitFor(() => traffic.seen.size > 1_000, { timeoutMs: 30_000, what: 'traffic to flow' });
  await cluster().whole('__consumer_offsets');

  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  // One of them is the group's coordinator, one the controller.
  for (const node of [1, 2, 3]) {
    const leaders = await Promise.all(partitions.map((partition) => cluster().leaderOf(`${prefix}a`, partition)));
    const hungMs = Date.now();
    cluster().pause(node);
    const isBack = (partition: number): boolean => traffic.acknowledgedMs(partition) > hungMs + 500;
    const others = partitions.filter((partition) => leaders[partition] !== node);
    await waitFor(() => others.every(isBack), { timeoutMs: OTHERS_MAX_MS, what: 'the lanes to the other brokers' });
    const othersMs = Date.now() - hungMs;
    await waitFor(() => partitions.every(isBack), {
      timeoutMs: ITS_OWN_MAX_MS - othersMs,
      what: 'the lanes to the broker that hangs',
    });
    const handled = traffic.seen.size;
    await waitFor(() => traffic.seen.size > handled + 200, { timeoutMs: 60_000, what: 'the consumer to get on' });
    report(
      `node ${node} hangs: lanes to others acknowledged again after ${othersMs} ms, all after ` +
        `${Math.max(...partitions.map(traffic.worstSilenceMs))} ms, the consumer at work after ${Date.now() - hungMs} ms`,
    );
    cluster().resume(node);
    await cluster().whole(`${prefix}a`);
    await cluster().whole('__consumer_offsets');
  }
  await traffic.stop();
  await waitFor(() => traffic.missing().length === 0, {
    timeoutMs: 60_000,
    what: 'everything acknowledged to be seen',
  });
  expect(traffic.disordered()).toEqual([]);
  expect([...traffic.refused]).toEqual([]);
});
