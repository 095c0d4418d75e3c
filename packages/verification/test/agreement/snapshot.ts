import type { Redis } from 'ioredis';
import type { Keys, Verification } from '../../src/index.ts';
import { parseRecord } from '../../src/store/record.ts';
import { BUCKETS_USED, CANDIDATES, LOOKUPS, RECIPIENTS } from './universe.ts';

/** Everything that Redis holds of the small world, read at one instant. */
export interface Snapshot {
  now: number;
  records: Map<string, Verification>;
  abandoned: Map<string, number>;
  deadlines: Map<string, number>;
  sends: Map<string, Map<string, number>>;
  wrongChecks: Map<string, Map<string, number>>;
  lookups: Map<string, string>;
  outbox: { bucket: number; streamId: string; fields: Map<string, string> }[];
  /** Keys that would stay for ever, but for deadlines and outbox. */
  withoutTtl: string[];
  /** Remaining ms of every record. */
  lifeOfRecords: Map<string, number>;
}

export async function takeSnapshot(redis: Redis, keys: Keys): Promise<Snapshot> {
  const records = CANDIDATES.map(({ id }) => keys.record(id));
  const lookups = LOOKUPS.map(({ bucket, lookup }) => keys.lookup(bucket, lookup));
  const wrong = LOOKUPS.map(({ bucket, lookup }) => keys.wrongChecksPrefix(bucket) + lookup);
  const sends = RECIPIENTS.map(({ limit_bucket, limit_key }) => keys.sends(limit_bucket, limit_key));
  const mortal = [...records, ...lookups, ...wrong, ...sends];

  const batch = redis.multi().time();
  for (const key of records) batch.hgetall(key);
  for (const key of lookups) batch.get(key);
  for (const key of [...wrong, ...sends]) batch.zrangebyscore(key, '-inf', '+inf', 'WITHSCORES');
  for (const bucket of BUCKETS_USED) batch.zrangebyscore(keys.deadlines(bucket), '-inf', '+inf', 'WITHSCORES');
  for (const bucket of BUCKETS_USED) batch.xrange(keys.outbox(bucket), '-', '+');
  for (const key of mortal) batch.pttl(key);
  const answers = ((await batch.exec()) ?? []).map(([error, value]) => {
    if (error) throw error;
    return value;
  });
  const take = (count: number): unknown[] => answers.splice(0, count);

  const [time] = take(1) as [[string, string]];
  const hashes = take(records.length) as Record<string, string>[];
  const names = take(lookups.length) as (string | null)[];
  const wrongSets = (take(wrong.length) as string[][]).map(toScores);
  const sendSets = (take(sends.length) as string[][]).map(toScores);
  const deadlines = (take(BUCKETS_USED.length) as string[][]).flatMap((flat) => [...toScores(flat)]);
  const streams = take(BUCKETS_USED.length) as [string, string[]][][];
  const ttls = take(mortal.length) as number[];

  return {
    now: Number(time[0]) * 1000 + Math.floor(Number(time[1]) / 1000),
    ...readRecords(hashes),
    deadlines: new Map(deadlines),
    sends: new Map(sendSets.map((set, i) => [RECIPIENTS[i]!.limit_key, set])),
    wrongChecks: new Map(wrongSets.map((set, i) => [LOOKUPS[i]!.lookup, set])),
    lookups: new Map(names.flatMap((id, i) => (id === null ? [] : [[LOOKUPS[i]!.lookup, id] as const]))),
    outbox: streams.flatMap((stream, i) =>
      stream.map(([streamId, flat]) => ({ bucket: BUCKETS_USED[i]!, streamId, fields: toFields(flat) })),
    ),
    withoutTtl: mortal.filter((_, i) => ttls[i] === -1),
    lifeOfRecords: new Map(CANDIDATES.map(({ id }, i) => [id, ttls[i]!])),
  };
}

function readRecords(hashes: Record<string, string>[]): Pick<Snapshot, 'records' | 'abandoned'> {
  const records = new Map<string, Verification>();
  const abandoned = new Map<string, number>();
  for (const [i, hash] of hashes.entries()) {
    const { id } = CANDIDATES[i]!;
    const record = parseRecord(id, Object.entries(hash).flat());
    if (record) records.set(id, record);
    else if (hash['st'] === 'abandoned') abandoned.set(id, Number(hash['ve']));
  }
  return { records, abandoned };
}

function toScores(flat: string[]): Map<string, number> {
  const scores = new Map<string, number>();
  for (let i = 0; i < flat.length; i += 2) scores.set(flat[i]!, Number(flat[i + 1]));
  return scores;
}

function toFields(flat: string[]): Map<string, string> {
  const fields = new Map<string, string>();
  for (let i = 0; i < flat.length; i += 2) fields.set(flat[i]!, flat[i + 1]!);
  return fields;
}
