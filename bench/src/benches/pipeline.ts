import { percentile, type Stage } from '@watchword/stage';
import { per10k, type Bench, type Measurement, type Row } from '../bench.ts';
import { addAndWork, produceAndConsume } from '../ceilings/engine-stages.ts';
import { meterCpu, type Groups } from '../measure/cpu.ts';
import { offerRequests, type Offer } from '../measure/offer-requests.ts';
import { paceRequests } from '../measure/pace-requests.ts';
import { startRequests } from '../measure/start-requests.ts';
import { silenceProviders, watchSubmissions } from '../measure/submissions.ts';
import { pidsOf, withStage } from '../open-bench-stage.ts';

const WARM_UP = 1_000;
const OTPS = 4_000;
const HALF_LOAD_SECONDS = 8;
const STAGE_COUNT = 30_000;
const CONNECTIONS = 64;
const RATIO_LEAST = 0.6;
const P50_MOST_MS = 10;
const P99_MOST_MS = 50;

export const PIPELINE: Bench = {
  name: 'pipeline',
  what: 'from the start to the provider, all services, against the slowest engine stage by itself; then the time it takes at half load',
  run: async (tools) =>
    withStage(tools, { ingest: 1, dispatcher: 1, delivery: 1 }, ['sms'], async (stage): Promise<Measurement> => {
      await silenceProviders(stage);
      const submissions = watchSubmissions(stage);
      const [url] = stage.services.urls('ingest');
      const offer = (count: number, first: number) => ({
        url: url!,
        connections: CONNECTIONS,
        status: 202,
        requests: startRequests(stage.home.apiKey, count, first),
      });
      await offerRequests(offer(WARM_UP, 0));
      await submissions.next(WARM_UP);

      const readCpu = meterCpu(groupsOf(stage));
      const begunAt = Date.now();
      await offerRequests(offer(OTPS, WARM_UP));
      const sent = await submissions.next(OTPS);
      const perSecond = OTPS / ((sent.at(-1)!.at - begunAt) / 1000);
      const cpu = per10k(readCpu(), OTPS);

      const rate = Math.max(1, Math.floor(perSecond / 2));
      const paced = await journeysAt(rate, offer(rate * HALF_LOAD_SECONDS, WARM_UP + OTPS), submissions);

      const kafka = await produceAndConsume(stage.kafka, STAGE_COUNT);
      const queue = await addAndWork(stage.redis, STAGE_COUNT);
      const slowest = Math.min(kafka.perSecond, queue.perSecond);
      const rows: Row[] = [
        { what: 'Kafka, produce and consume', ...kafka },
        { what: 'BullMQ, addBulk and no-op workers', ...queue },
        { what: 'accept → submit, as fast as it goes', perSecond, cpuPer10k: cpu },
        { what: `accept → submit at ${rate}/s`, perSecond: rate, ...paced },
      ];
      return {
        pinned: 'nothing is pinned: every process on every core',
        rows,
        marks: [
          {
            name: 'OTPs a second, of the slowest engine stage',
            value: perSecond / slowest,
            unit: '',
            atLeast: RATIO_LEAST,
          },
          { name: 'accept → submit at half load, half of them', value: paced.p50Ms, unit: ' ms', atMost: P50_MOST_MS },
          { name: 'accept → submit at half load, 99 of 100', value: paced.p99Ms, unit: ' ms', atMost: P99_MOST_MS },
        ],
      };
    }),
};

/** From the admission, by Redis' clock, to the provider, by the simulator's: one machine, one clock. */
async function journeysAt(
  rate: number,
  offer: Offer,
  submissions: ReturnType<typeof watchSubmissions>,
): Promise<{ p50Ms: number; p99Ms: number }> {
  const admittedAt = new Map<string, number>();
  const onAnswer = (body: string): void => {
    const { id, created_at } = JSON.parse(body) as { id: string; created_at: string };
    admittedAt.set(id, Date.parse(created_at));
  };
  await paceRequests(offer, rate, onAnswer);
  const sent = await submissions.next(offer.requests.length);
  const journeys = sent.map(({ verificationId, at }) => at - admittedAt.get(verificationId)!);
  return { p50Ms: percentile(journeys, 0.5), p99Ms: percentile(journeys, 0.99) };
}

function groupsOf(stage: Stage): Groups {
  return {
    ingest: pidsOf(stage, 'ingest'),
    dispatcher: pidsOf(stage, 'dispatcher'),
    delivery: pidsOf(stage, 'delivery'),
    redis: [stage.redis.pid()],
    kafka: stage.kafka.pids(),
    provider: [stage.simulator.pid],
  };
}
