import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { per10k, type Bench, type Measurement, type Row } from '../bench.ts';
import { meterCpu, type Groups } from '../measure/cpu.ts';
import { offerRequests } from '../measure/offer-requests.ts';
import { startRequests } from '../measure/start-requests.ts';
import { silenceProviders, watchSubmissions } from '../measure/submissions.ts';
import { pidsOf, withStage } from '../open-bench-stage.ts';
import { createSeeder, type Seeder } from '../seed/seed-verifications.ts';
import type { Stage } from '@watchword/stage';
import type { BenchTools } from '../bench.ts';

const SIZES = [1_000, 10_000, 100_000, 1_000_000];
const WARM_UP = 2_000;
const OTPS = 2_000;
const CONNECTIONS = 32;
const RATIO_MOST = 1.15;
/** Of those that wait, before the product is taken to be at it. */
const TAKEN_UP = 50;
/** So long it is watched while it works on what waits: so few would be gone before. */
const FEW = 1_000;
const SHORT_WINDOW_MS = 1_000;
const WINDOW_MS = 5_000;
/** Numbers of the load lie above all that are seeded. */
const LOAD_FROM = 500_000_000;

export const LIVE: Bench = {
  name: 'live',
  what: 'what one more OTP costs while 10³ to 10⁶ others live: codes sent, not typed yet',
  run: async (tools) =>
    onGrowing(tools, async ({ stage, seeder, read, offer }) => {
      const rows: Row[] = [];
      await offer(WARM_UP);
      let live = 0;
      for (const size of SIZES) {
        await seeder.sent(size - live);
        live = size;
        tools.tell(`${size} live`);
        const memory = await memoryOf(stage);
        const done = read();
        const begunAt = performance.now();
        await offer(OTPS);
        rows.push(rowOf(`${size} live, ${Math.round(memory / size)} bytes each`, done(), OTPS, begunAt));
      }
      return measurementOf(rows);
    }),
};

export const QUEUED: Bench = {
  name: 'queued',
  what: 'what one OTP costs while 10³ to 10⁶ wait for their turn in the state',
  run: async (tools) => {
    const rows: Row[] = [];
    for (const size of SIZES) {
      rows.push(
        await onGrowing(tools, async ({ seeder, read, offer, submissions }) => {
          await offer(WARM_UP);
          await seeder.admitted(size);
          tools.tell(`${size} queued`);
          // the first are taken up by their deadlines, some seconds later
          await submissions.next(TAKEN_UP);
          await submissions.count();
          const done = read();
          const begunAt = performance.now();
          await sleep(size > FEW ? WINDOW_MS : SHORT_WINDOW_MS);
          return rowOf(`${size} queued`, done(), await submissions.count(), begunAt);
        }),
      );
    }
    return measurementOf(rows);
  },
};

interface Growing {
  stage: Stage;
  seeder: Seeder;
  submissions: ReturnType<typeof watchSubmissions>;
  read: () => () => Record<string, number>;
  offer: (count: number) => Promise<void>;
}

async function onGrowing<T>(tools: BenchTools, use: (growing: Growing) => Promise<T>): Promise<T> {
  return withStage(tools, { ingest: 1, dispatcher: 1, delivery: 1 }, ['sms'], async (stage) => {
    await silenceProviders(stage);
    const submissions = watchSubmissions(stage);
    const seeder = createSeeder(stage);
    let next = LOAD_FROM;
    const offer = async (count: number): Promise<void> => {
      const requests = startRequests(stage.home.apiKey, count, next);
      next += count;
      await offerRequests({ url: stage.services.urls('ingest')[0]!, connections: CONNECTIONS, status: 202, requests });
      await submissions.next(count);
    };
    try {
      return await use({ stage, seeder, submissions, read: () => meterCpu(groupsOf(stage)), offer });
    } finally {
      seeder.close();
    }
  });
}

function groupsOf(stage: Stage): Groups {
  return {
    ingest: pidsOf(stage, 'ingest'),
    dispatcher: pidsOf(stage, 'dispatcher'),
    delivery: pidsOf(stage, 'delivery'),
    redis: [stage.redis.pid()],
  };
}

function rowOf(what: string, cpu: Record<string, number>, count: number, begunAt: number): Row {
  return { what, perSecond: count / ((performance.now() - begunAt) / 1000), cpuPer10k: per10k(cpu, count) };
}

function measurementOf(rows: readonly Row[]): Measurement {
  const costOf = ({ cpuPer10k }: Row): number => Object.values(cpuPer10k!).reduce((sum, each) => sum + each, 0);
  const [first, last] = [rows[0]!, rows.at(-1)!];
  return {
    pinned: 'nothing is pinned',
    rows,
    marks: [
      { name: 'CPU per OTP at 10⁶, of that at 10³', value: costOf(last) / costOf(first), unit: '', atMost: RATIO_MOST },
    ],
  };
}

async function memoryOf(stage: Stage): Promise<number> {
  const redis = new Redis(stage.redis.url());
  try {
    return Number(/^used_memory_dataset:(\d+)/m.exec(await redis.info('memory'))![1]);
  } finally {
    redis.disconnect();
  }
}
