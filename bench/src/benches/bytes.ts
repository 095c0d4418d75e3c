import { setTimeout as sleep } from 'node:timers/promises';
import { PACKED_MAX_BYTES } from '@watchword/routing';
import { Redis } from 'ioredis';
import type { Bench, Measurement } from '../bench.ts';
import { offerRequests } from '../measure/offer-requests.ts';
import { startRequests } from '../measure/start-requests.ts';
import { silenceProviders, watchSubmissions } from '../measure/submissions.ts';
import { withStage } from '../open-bench-stage.ts';

const OTPS = 5_000;
/** What is shared by all is there by then: scripts, buckets, queues. */
const WARM_UP = 500;
const CONNECTIONS = 32;
const CORE_MOST_BYTES = 1_000;
const ALL_MOST_BYTES = 2_000;
/** As `_record.lua` cuts what is long. */
const PIECE_BYTES = 64;
/** Events are shipped, jobs are gone. */
const SETTLE_MS = 3_000;

export const BYTES: Bench = {
  name: 'bytes',
  what: 'Redis’ memory for one verification whose code was sent and not typed yet',
  run: async (tools) =>
    withStage(tools, { ingest: 1, dispatcher: 1, delivery: 1 }, ['sms'], async (stage): Promise<Measurement> => {
      await silenceProviders(stage);
      const submissions = watchSubmissions(stage);
      const redis = new Redis(stage.redis.url(), { replyMapping: 'legacy' });
      try {
        const start = async (count: number, first: number): Promise<void> => {
          const requests = startRequests(stage.home.apiKey, count, first).map((request, n) => ({
            ...request,
            headers: { ...request.headers, 'idempotency-key': `bench-${first + n}` },
          }));
          await offerRequests({
            url: stage.services.urls('ingest')[0]!,
            connections: CONNECTIONS,
            status: 202,
            requests,
          });
          await submissions.next(count);
          await sleep(SETTLE_MS);
        };
        await start(WARM_UP, 0);
        const before = await survey(redis);
        await start(OTPS, WARM_UP);
        const after = await survey(redis);
        const each = (name: keyof typeof after): number => (after[name] - before[name]) / OTPS;
        const core = each('record') + each('deadline') + each('lookup');
        const explained = await weighLongestDecision(redis);
        return {
          pinned: 'nothing is pinned',
          rows: [],
          marks: [
            { name: 'hash', value: each('record'), unit: ' bytes' },
            { name: 'deadlines', value: each('deadline'), unit: ' bytes' },
            { name: 'lookup', value: each('lookup'), unit: ' bytes' },
            { name: 'the recipient’s sends', value: each('sends'), unit: ' bytes' },
            { name: 'answer of its Idempotency-Key', value: each('answer'), unit: ' bytes' },
            { name: 'hash, deadlines and lookup', value: core, unit: ' bytes', atMost: CORE_MOST_BYTES },
            { name: 'everything that Redis holds more', value: each('used'), unit: ' bytes', atMost: ALL_MOST_BYTES },
            { name: 'the longest explanation of a choice', value: explained, unit: ' bytes' },
            {
              name: 'hash, deadlines and lookup, with it',
              value: core + explained,
              unit: ' bytes',
              atMost: CORE_MOST_BYTES,
            },
            { name: 'everything, with it', value: each('used') + explained, unit: ' bytes', atMost: ALL_MOST_BYTES },
          ],
        };
      } finally {
        redis.disconnect();
      }
    }),
};

/** What a hash weighs more where ten scored providers were to choose from, and not two of which nothing is known. */
async function weighLongestDecision(redis: Redis): Promise<number> {
  const decision = 'x'.repeat(PACKED_MAX_BYTES);
  const more: number[] = [];
  for await (const keys of redis.scanStream({ count: 1_000 }) as AsyncIterable<string[]>) {
    for (const key of keys.filter((each) => kindOf(each) === 'record')) {
      const before = (await redis.memory('USAGE', key, 'SAMPLES', 0)) ?? 0;
      // under the names that `_record.lua` gives the pieces
      await redis.hset(key, 'd1.0', decision.slice(0, PIECE_BYTES), 'd1.1', decision.slice(PIECE_BYTES));
      more.push(((await redis.memory('USAGE', key, 'SAMPLES', 0)) ?? 0) - before);
    }
    if (more.length > 0) break;
  }
  return more.reduce((sum, each) => sum + each, 0) / more.length;
}

/** Key names as packages/verification's `keys.ts` makes them. */
const KINDS = { v: 'record', l: 'lookup', s: 'sends', d: 'deadline' } as const;
type Kind = 'record' | 'lookup' | 'sends' | 'deadline' | 'answer' | 'other';

/** What the keys of each kind weigh, by Redis itself, and what it uses in all. */
async function survey(redis: Redis): Promise<Record<Kind | 'used', number>> {
  const sum = { record: 0, lookup: 0, sends: 0, deadline: 0, answer: 0, other: 0, used: 0 };
  for await (const keys of redis.scanStream({ count: 1_000 }) as AsyncIterable<string[]>) {
    const weights = await Promise.all(keys.map(async (key) => redis.memory('USAGE', key, 'SAMPLES', 0)));
    for (const [index, key] of keys.entries()) sum[kindOf(key)] += weights[index] ?? 0;
  }
  const info = await redis.info('memory');
  sum.used = Number(/^used_memory_dataset:(\d+)/m.exec(info)![1]);
  return sum;
}

function kindOf(key: string): Kind {
  if (key.startsWith('{ik:')) return 'answer';
  const kind = /^\{b[0-9a-f]{2}\}:([a-z])/.exec(key)?.[1];
  return KINDS[kind as keyof typeof KINDS] ?? 'other';
}
