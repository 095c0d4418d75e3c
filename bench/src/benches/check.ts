import type { Bench, Measurement } from '../bench.ts';
import { pin } from '../measure/cpu.ts';
import type { Offer } from '../measure/offer-requests.ts';
import { measureServer } from '../measure/server-under-load.ts';
import { pidsOf, startCeiling, withStage } from '../open-bench-stage.ts';
import { createSeeder, type Seeded } from '../seed/seed-verifications.ts';

const CHECKS = 24_000;
const CONNECTIONS = 64;
const RATIO_LEAST = 0.8;

export const CHECK: Bench = {
  name: 'check',
  what: 'right codes, each approved once, against a Fastify route that does one EVALSHA, and one that publishes its events too',
  run: async (tools) =>
    withStage(tools, { verify: 1, dispatcher: 1 }, [], async (stage): Promise<Measurement> => {
      const seeder = createSeeder(stage);
      const seeded = await seeder.sent(CHECKS);
      seeder.close();
      const ceiling = await startCeiling('check', { REDIS_URL: stage.redis.url() });
      const publishing = await startCeiling('check', {
        REDIS_URL: stage.redis.url(),
        KAFKA_BROKERS: stage.kafka.brokers.join(','),
      });
      try {
        const [redis, kafka] = [[stage.redis.pid()], stage.kafka.pids()];
        const verify = pidsOf(stage, 'verify');
        const others = [...redis, ...kafka, ...pidsOf(stage, 'dispatcher'), stage.simulator.pid];
        const pinned = pin([...verify, ceiling.pid, publishing.pid], others);
        const offer = (url: string): Offer => ({
          url,
          connections: CONNECTIONS,
          status: 200,
          requests: seeded.map((each) => checkOf(each, stage.home.apiKey)),
        });
        const least = await measureServer('one EVALSHA', { server: [ceiling.pid], redis }, offer(ceiling.url));
        const both = await measureServer(
          'one EVALSHA, two events',
          { server: [publishing.pid], redis, kafka },
          offer(publishing.url),
        );
        const [url] = stage.services.urls('verify');
        const product = await measureServer('verify', { server: verify, redis, kafka }, offer(url!));
        const cpu = (row: typeof product): number => row.cpuPer10k!['server']!;
        return {
          pinned,
          rows: [least, both, product],
          marks: [
            {
              name: 'checks per CPU-second of the server, of the ceiling’s',
              value: cpu(least) / cpu(product),
              unit: '',
              atLeast: RATIO_LEAST,
            },
            { name: 'of a ceiling’s that publishes two events', value: cpu(both) / cpu(product), unit: '' },
            { name: 'checks a second', value: product.perSecond!, unit: '/s' },
          ],
        };
      } finally {
        await Promise.all([ceiling.stop(), publishing.stop()]);
      }
    }),
};

function checkOf({ id, code }: Seeded, apiKey: string): Offer['requests'][number] {
  return {
    method: 'POST',
    path: `/v1/verifications/${id}/check`,
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ code }),
  };
}
