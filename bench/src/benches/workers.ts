import { per10k, type Bench, type Measurement, type Row } from '../bench.ts';
import { meterCpu } from '../measure/cpu.ts';
import { offerRequests } from '../measure/offer-requests.ts';
import { startRequests } from '../measure/start-requests.ts';
import { silenceProviders, watchSubmissions } from '../measure/submissions.ts';
import { pidsOf, withStage } from '../open-bench-stage.ts';

const WARM_UP = 4_000;
const OTPS = 5_000;
const CONNECTIONS = 64;
const RATIO_MOST = 1.05;

export const WORKERS: Bench = {
  name: 'workers',
  what: 'what an OTP costs two delivery processes, against one',
  run: async (tools): Promise<Measurement> => {
    const [one, two] = [await costOf(1), await costOf(2)];
    const cpu = ({ cpuPer10k }: Row): number => cpuPer10k!['delivery']!;
    return {
      pinned: 'nothing is pinned',
      rows: [one, two],
      marks: [
        { name: 'CPU per OTP of two processes, of one’s', value: cpu(two) / cpu(one), unit: '', atMost: RATIO_MOST },
      ],
    };

    async function costOf(delivery: number): Promise<Row> {
      return withStage(tools, { ingest: 1, dispatcher: 1, delivery }, ['sms'], async (stage) => {
        await silenceProviders(stage);
        const submissions = watchSubmissions(stage);
        const offer = async (count: number, first: number): Promise<void> => {
          const requests = startRequests(stage.home.apiKey, count, first);
          await offerRequests({
            url: stage.services.urls('ingest')[0]!,
            connections: CONNECTIONS,
            status: 202,
            requests,
          });
          await submissions.next(count);
        };
        // each process compiles what it runs often: that is paid once
        await offer(WARM_UP * delivery, 0);
        const read = meterCpu({ delivery: pidsOf(stage, 'delivery') });
        const begunAt = performance.now();
        await offer(OTPS, WARM_UP * delivery);
        return {
          what: `${delivery} of delivery`,
          perSecond: OTPS / ((performance.now() - begunAt) / 1000),
          cpuPer10k: per10k(read(), OTPS),
        };
      });
    }
  },
};
