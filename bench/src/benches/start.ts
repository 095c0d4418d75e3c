import type { Bench, Measurement } from '../bench.ts';
import { pin } from '../measure/cpu.ts';
import type { Offer } from '../measure/offer-requests.ts';
import { startRequests } from '../measure/start-requests.ts';
import { measureServer } from '../measure/server-under-load.ts';
import { pidsOf, startCeiling, withStage } from '../open-bench-stage.ts';

const STARTS = 20_000;
const CONNECTIONS = 64;
const RATIO_LEAST = 0.5;

export const START: Bench = {
  name: 'start',
  what: 'starts, admitted and in Kafka, against the same route that does nothing, and one that only publishes',
  run: async (tools) =>
    withStage(tools, { ingest: 1 }, [], async (stage): Promise<Measurement> => {
      const brokers = stage.kafka.brokers.join(',');
      const noop = await startCeiling('start', {});
      const publishing = await startCeiling('start', { KAFKA_BROKERS: brokers });
      try {
        const [redis, kafka] = [[stage.redis.pid()], stage.kafka.pids()];
        const ingest = pidsOf(stage, 'ingest');
        const pinned = pin([...ingest, noop.pid, publishing.pid], [...redis, ...kafka, stage.simulator.pid]);
        const offer = (url: string): Offer => ({
          url,
          connections: CONNECTIONS,
          status: 202,
          requests: startRequests(stage.home.apiKey, STARTS),
        });
        const nothing = await measureServer('no-op', { server: [noop.pid] }, offer(noop.url));
        const least = await measureServer(
          'publishes, acks=all',
          { server: [publishing.pid], kafka },
          offer(publishing.url),
        );
        const [url] = stage.services.urls('ingest');
        const product = await measureServer('ingest', { server: ingest, redis, kafka }, offer(url!));
        const cpu = (row: typeof product): number => row.cpuPer10k!['server']!;
        return {
          pinned,
          rows: [nothing, least, product],
          marks: [
            {
              name: 'starts per CPU-second of the server, of the publishing ceiling’s',
              value: cpu(least) / cpu(product),
              unit: '',
              atLeast: RATIO_LEAST,
            },
            { name: 'of the no-op’s', value: cpu(nothing) / cpu(product), unit: '' },
            { name: 'starts a second', value: product.perSecond!, unit: '/s' },
          ],
        };
      } finally {
        await Promise.all([noop.stop(), publishing.stop()]);
      }
    }),
};
