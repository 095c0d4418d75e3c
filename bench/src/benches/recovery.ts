import { setTimeout as sleep } from 'node:timers/promises';
import { withRedis } from '@watchword/stage';
import { per10k, type Bench, type Measurement } from '../bench.ts';
import { meterCpu } from '../measure/cpu.ts';
import { readMetric } from '../measure/read-metric.ts';
import { pidsOf, withStage } from '../open-bench-stage.ts';
import { EVENTS_EACH, seedEvents } from '../seed/seed-events.ts';

const VERIFICATIONS = 30_000;
const LOOK_MS = 50;
const PER_SECOND_LEAST = 5_000;
const PATIENCE_MS = 120_000;

export const RECOVERY: Bench = {
  name: 'recovery',
  what: 'Redis wiped: from the loss to the moment at which codes are checked again, by a real dispatcher',
  run: async (tools) =>
    withStage(tools, { dispatcher: 1 }, [], async (stage): Promise<Measurement> => {
      await seedEvents(stage.kafka.brokers, VERIFICATIONS);
      const [url] = stage.services.urls('dispatcher');
      const recovering = async (): Promise<boolean> => (await readMetric(url!, 'watchword_buckets_recovering')) > 0;
      const until = async (wanted: boolean): Promise<void> => {
        const givenUpAt = performance.now() + PATIENCE_MS;
        while ((await recovering()) !== wanted) {
          if (performance.now() > givenUpAt) throw new Error('the recovery did not end');
          await sleep(LOOK_MS);
        }
      };
      await until(false);
      await withRedis(stage.redis.url(), async (redis) => redis.flushall());
      await until(true);
      const read = meterCpu({
        dispatcher: pidsOf(stage, 'dispatcher'),
        redis: [stage.redis.pid()],
        kafka: stage.kafka.pids(),
      });
      await until(false);
      const cpu = read();
      const seconds = await readMetric(url!, 'watchword_recovery_seconds', 'part="reading"');
      const events = VERIFICATIONS * EVENTS_EACH;
      const perSecond = events / seconds;
      return {
        pinned: 'nothing is pinned',
        rows: [
          { what: `${events} events of ${VERIFICATIONS} verifications`, perSecond, cpuPer10k: per10k(cpu, events) },
        ],
        marks: [
          { name: 'events a second', value: perSecond, unit: '/s', atLeast: PER_SECOND_LEAST },
          { name: 'seconds for a million events', value: 1e6 / perSecond, unit: ' s' },
        ],
      };
    }),
};
