import { waitFor } from '@watchword/testkit';
import { expect, test } from 'vitest';
import { createFixture } from '../integration/bus-fixture.ts';
import { report, useCluster } from './cluster-fixture.ts';
import { startTraffic } from './traffic.ts';

const PARTITIONS = 12;
const KILLS = 3;
const cluster = useCluster();

test('a leader killed again and again under 64 senders: nothing acknowledged is missing, keys stay in order, every lane and consumer recovers by itself', async () => {
  const { bus, another, prefix } = await createFixture({ a: PARTITIONS }, cluster().brokers);
  await cluster().whole(`${prefix}a`);
  const traffic = startTraffic(bus, 'a', PARTITIONS);
  const members = [another(), another()];
  for (const member of members) {
    const subscription = await member.subscribe({ group: 'g', topics: ['a'], handle: traffic.handle });
    await subscription.joined();
  }
  await waitFor(() => traffic.seen.size > 1_000, { timeoutMs: 30_000, what: 'traffic to flow' });

  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  for (let kill = 0; kill < KILLS; kill++) {
    const leader = await cluster().leaderOf(`${prefix}a`, kill);
    const killedMs = Date.now();
    await cluster().kill(leader);
    const recovered = (): boolean =>
      partitions.every((partition) => traffic.acknowledgedMs(partition) > killedMs + 500);
    // With the broker still dead: its partitions have new leaders.
    await waitFor(recovered, { timeoutMs: 60_000, what: `every lane after the death of node ${leader}` });
    report(`node ${leader} killed: every lane acknowledged again after ${Date.now() - killedMs} ms`);
    await cluster().restart(leader);
    await cluster().whole(`${prefix}a`);
  }
  await traffic.stop();
  await waitFor(() => traffic.missing().length === 0, {
    timeoutMs: 60_000,
    what: 'everything acknowledged to be seen',
  });

  const worstMs = Math.max(...partitions.map(traffic.worstSilenceMs));
  report(
    `${traffic.acknowledged.size} acknowledged, ${JSON.stringify([...traffic.refused])} refused, ` +
      `${traffic.repeats()} seen again, longest silence of a lane ${worstMs} ms`,
  );
  expect(traffic.missing()).toEqual([]);
  expect(traffic.disordered()).toEqual([]);
  expect(bus.health().producer).toEqual({ oldestUnackedMs: 0, connected: true });
  for (const member of members) {
    await waitFor(() => member.health().consumers[0]!.running, { timeoutMs: 30_000, what: 'the member to run' });
    expect(member.health().consumers[0]).toMatchObject({ sinceProgressMs: 0, oldestHandlerMs: 0 });
  }
});
