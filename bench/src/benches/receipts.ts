import { authorizationOf, messageStatus } from '@watchword/stage';
import type { Bench, Measurement } from '../bench.ts';
import { pin } from '../measure/cpu.ts';
import type { Offer } from '../measure/offer-requests.ts';
import { measureServer } from '../measure/server-under-load.ts';
import { pidsOf, startCeiling, withStage } from '../open-bench-stage.ts';
import { createSeeder } from '../seed/seed-verifications.ts';

const RECEIPTS = 16_000;
const CONNECTIONS = 64;

export const RECEIPTS_BENCH: Bench = {
  name: 'receipts',
  what: 'signed webhooks, verified, normalised and in Kafka, against a route that hashes and publishes',
  run: async (tools) =>
    withStage(tools, { receipts: 1, dispatcher: 1 }, [], async (stage): Promise<Measurement> => {
      const seeder = createSeeder(stage);
      const sent = await seeder.sent(RECEIPTS);
      seeder.close();
      const ceiling = await startCeiling('receipt', { KAFKA_BROKERS: stage.kafka.brokers.join(',') });
      try {
        const [redis, kafka] = [[stage.redis.pid()], stage.kafka.pids()];
        const receipts = pidsOf(stage, 'receipts');
        const others = [...redis, ...kafka, ...pidsOf(stage, 'dispatcher'), stage.simulator.pid];
        const pinned = pin([...receipts, ceiling.pid], others);
        const secret = stage.home.secret('vonage-signature');
        const offer = (url: string): Offer => ({
          url,
          connections: CONNECTIONS,
          status: 200,
          requests: sent.map(({ id }) => webhookOf(`${id}.1`, secret)),
        });
        const least = await measureServer('hashes and publishes', { server: [ceiling.pid], kafka }, offer(ceiling.url));
        const [url] = stage.services.urls('receipts');
        const product = await measureServer('receipts', { server: receipts, redis, kafka }, offer(url!));
        const ratio = least.cpuPer10k!['server']! / product.cpuPer10k!['server']!;
        return {
          pinned,
          rows: [least, product],
          marks: [
            { name: 'receipts per CPU-second of the server, of the ceiling’s', value: ratio, unit: '' },
            { name: 'receipts a second', value: product.perSecond!, unit: '/s' },
          ],
        };
      } finally {
        await ceiling.stop();
      }
    }),
};

function webhookOf(clientRef: string, secret: string): Offer['requests'][number] {
  const body = messageStatus('delivered', clientRef);
  const headers = { authorization: authorizationOf(body, secret), 'content-type': 'application/json' };
  return { method: 'POST', path: '/webhooks/north', headers, body };
}
