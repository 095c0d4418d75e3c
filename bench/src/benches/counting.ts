import { setTimeout as sleep } from 'node:timers/promises';
import { per10k, type Bench, type Measurement } from '../bench.ts';
import { meterCpu } from '../measure/cpu.ts';
import { readMetric } from '../measure/read-metric.ts';
import { pidsOf, withStage } from '../open-bench-stage.ts';
import { seedEvents } from '../seed/seed-events.ts';

const VERIFICATIONS = 30_000;
/** Of each verification an attempt and an outcome count. */
const RECORDS = 2 * VERIFICATIONS;
const LOOK_MS = 50;
const PATIENCE_MS = 60_000;

export const COUNTING: Bench = {
  name: 'counting',
  what: 'attempts and outcomes that quality-monitor finds in Kafka, until all are in the counts',
  run: async (tools) =>
    withStage(tools, { dispatcher: 1, 'quality-monitor': 1 }, [], async (stage): Promise<Measurement> => {
      const [pid] = pidsOf(stage, 'quality-monitor') as [number];
      const [url] = stage.services.urls('quality-monitor') as [string];
      // it stands still meanwhile, shorter than its session lasts
      process.kill(pid, 'SIGSTOP');
      await seedEvents(stage.kafka.brokers, VERIFICATIONS);
      const read = meterCpu({ monitor: [pid], redis: [stage.redis.pid()], kafka: stage.kafka.pids() });
      const begunAt = performance.now();
      process.kill(pid, 'SIGCONT');
      await untilCounted(url);
      const perSecond = RECORDS / ((performance.now() - begunAt) / 1_000);
      return {
        pinned: 'nothing is pinned',
        rows: [{ what: `${RECORDS} events`, perSecond, cpuPer10k: per10k(read(), RECORDS) }],
        marks: [{ name: 'events a second', value: perSecond, unit: '/s' }],
      };
    }),
};

async function untilCounted(url: string): Promise<void> {
  const givenUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const [counted, waiting] = await Promise.all([
      readMetric(url, 'watchword_quality_records_total', 'outcome="counted"'),
      readMetric(url, 'watchword_quality_waiting_records'),
    ]);
    if (counted >= RECORDS && waiting === 0) return;
    if (performance.now() > givenUpAt) throw new Error(`${counted} of ${RECORDS} events were counted in time`);
    await sleep(LOOK_MS);
  }
}
