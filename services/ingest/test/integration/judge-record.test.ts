import { randomUUID } from 'node:crypto';
import { StartRequest, createVerificationId } from '@watchword/contracts';
import { createKeyRing } from '@watchword/otp';
import { answer, createBodyValidator, problem, type Answer, type TenantConfig } from '@watchword/runtime';
import { connectGivenRedis } from '@watchword/testkit';
import { createIdempotencyStore } from '@watchword/verification';
import { afterAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { judgeRecord, type JudgeDeps } from '../../src/ingress/judge-record.ts';
import { nameRequest, type RecordPlace } from '../../src/ingress/name-request.ts';
import type { PreparedStart } from '../../src/start-entrance.ts';

const NOW = 1_000_000;
const redis = connectGivenRedis(inject('redis'));
afterAll(async () => {
  await redis.quit();
});

/** As much of a tenant as is looked at. */
const tenant = {
  id: 'shop',
  defaults: { lifeMs: 600_000 },
  ingress: { topic: 't', clearRecipients: true, maxAgeMs: 60_000 },
} as unknown as TenantConfig;

let deps: JudgeDeps;
/** The ids under which something was carried out, and under which something was asked for. */
let ran: string[];
let resumed: string[];
/** What starts are answered, one after another; the last one for good. */
let answers: (Answer | Error)[];
/** What an earlier try had admitted, by its id. */
let admitted: Map<string, Answer>;
beforeEach(() => {
  const namespace = `judge-${randomUUID()}-`;
  const store = createIdempotencyStore(redis, { namespace });
  ran = [];
  resumed = [];
  admitted = new Map();
  answers = [];
  const resume: PreparedStart['resume'] = (id) => {
    resumed.push(id);
    return Promise.resolve(admitted.get(id));
  };
  const run: PreparedStart['run'] = (id) => {
    ran.push(id);
    const next = answers.length > 1 ? answers.shift()! : (answers[0] ?? accepted(id));
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  };
  deps = {
    prepare: () => Promise.resolve({ id: createVerificationId({ region: 'a', bucket: 7 }), run, resume }),
    validate: createBodyValidator(StartRequest),
    requests: store,
    records: store,
    lookupKeys: createKeyRing({ lookup: { current: 'k1', keys: { k1: new Uint8Array(32).fill(1) } } }),
    ingressKeys: undefined,
    onUnkept: (error) => {
      throw error;
    },
    now: () => NOW,
  };
});

const accepted = (id: string): Answer => answer(202, { id, status: 'pending', sent: true });
const limited = problem({ status: 429, code: 'rate_limited', detail: 'Too many.', retryAfterMs: 5_000 });
let offset = 0;
const nextPlace = (timestampMs = NOW): RecordPlace => ({
  topic: 't',
  partition: 0,
  offset: `${offset++}`,
  timestampMs,
});

async function judge(place: RecordPlace, key?: string, body: object = { to: '+4915112345678' }) {
  const name = nameRequest(key === undefined ? {} : { 'idempotency-key': key }, place);
  if (name.outcome === 'rejected') throw new Error('not named');
  return judgeRecord(deps, tenant, { place, name, value: Buffer.from(JSON.stringify(body)) });
}

describe('the same record again', () => {
  it.each(['k', undefined])('gets the verdict that was kept, whatever would be said now (key %s)', async (key) => {
    for (const verdict of [undefined, limited, problem({ status: 422, code: 'no_provider', detail: 'None.' })]) {
      answers = verdict === undefined ? [] : [verdict];
      const [place, name] = [nextPlace(), key && randomUUID()];
      const first = await judge(place, name);
      answers = [problem({ status: 422, code: 'other' })];
      expect(await judge(place, name)).toEqual(first);
    }
    expect(ran).toHaveLength(3);
  });

  it('gets it too when it is too old by then', async () => {
    const place = nextPlace();
    const first = await judge(place);
    deps.now = () => NOW + 3_600_000;
    expect(await judge(place)).toEqual(first);
  });

  it('after a crash goes on under the id that was reserved, and what was admitted is never too old', async () => {
    for (const key of [randomUUID(), undefined]) {
      ran = [];
      const place = nextPlace();
      answers = [new Error('crashed')];
      await expect(judge(place, key)).rejects.toThrow('crashed');
      admitted.set(ran[0]!, accepted(ran[0]!));
      answers = [];
      deps.now = () => NOW + 3_600_000;
      expect(await judge(place, key)).toMatchObject({ outcome: 'accepted', answer: { id: ran[0] } });
      expect(resumed.at(-1)).toBe(ran[0]);
      deps.now = () => NOW;
    }
  });

  it('another one at its place, in a topic that was made anew, is another record', async () => {
    const place = nextPlace();
    await judge(place);
    await judge({ ...place, timestampMs: NOW + 1 });
    expect(new Set(ran).size).toBe(2);
  });
});

describe('another record of the same name', () => {
  it('gets the first one’s verdict; with another body it is rejected', async () => {
    const key = randomUUID();
    const first = await judge(nextPlace(), key);
    expect(await judge(nextPlace(), key)).toEqual(first);
    expect(await judge(nextPlace(), key, { to: '+4915112345679' })).toMatchObject({ code: 'idempotency_key_reused' });
    expect(ran).toHaveLength(1);
  });

  it('is the same request whatever the order of its fields', async () => {
    const key = randomUUID();
    const to = '+4915112345678';
    const first = await judge(nextPlace(), key, { to, purpose: 'login' });
    expect(await judge(nextPlace(), key, { purpose: 'login', to })).toEqual(first);
    expect(ran).toHaveLength(1);
  });

  it('is judged anew where the first one was refused by a limit, or was too old', async () => {
    const key = randomUUID();
    answers = [limited, accepted('x')];
    expect(await judge(nextPlace(), key)).toMatchObject({ code: 'rate_limited', retryAfterMs: 5_000 });
    expect(await judge(nextPlace(), key)).toMatchObject({ outcome: 'accepted' });
    const other = randomUUID();
    expect(await judge(nextPlace(NOW - 60_001), other)).toMatchObject({ code: 'too_old' });
    expect(await judge(nextPlace(NOW - 60_000), other)).toMatchObject({ outcome: 'accepted' });
  });

  it('that comes while the first one is carried out waits for it', async () => {
    const key = randomUUID();
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const prepared = await deps.prepare(tenant, {}, { traceparent: undefined });
    const begun = Promise.withResolvers<void>();
    const run = async (): Promise<Answer> => {
      begun.resolve();
      return promise;
    };
    deps.prepare = () => Promise.resolve({ ...prepared, run });
    const place = nextPlace();
    const first = judge(place, key);
    await begun.promise;
    for (const again of [nextPlace(), place]) {
      await expect
        .poll(async () => judge(again, key).catch((error: unknown) => error))
        .toMatchObject({ code: 'OTP_INGRESS_WAITING', retry: true, context: { in_flight: true } });
    }
    resolve(accepted('x'));
    const verdict = await first;
    expect(await judge(nextPlace(), key)).toEqual(verdict);
  });
});

it('a fault is no verdict: nothing is kept, and the next try carries it out', async () => {
  const place = nextPlace();
  const key = randomUUID();
  answers = [problem({ status: 503, code: 'otp_bus_unavailable', retryAfterMs: 2_000 }), accepted('x')];
  await expect(judge(place, key)).rejects.toMatchObject({ code: 'OTP_INGRESS_WAITING', retry: true });
  expect(await judge(place, key)).toMatchObject({ outcome: 'accepted' });
});

it('a channel that cannot keep up is told to the platform, which may come again: it would hold up the other channels', async () => {
  const key = randomUUID();
  answers = [
    problem({ status: 503, code: 'channel_overloaded', detail: 'Full.', retryAfterMs: 10_000 }),
    accepted('x'),
  ];
  const place = nextPlace();
  const verdict = await judge(place, key);
  expect(verdict).toMatchObject({ outcome: 'rejected', code: 'channel_overloaded', retryAfterMs: 10_000 });
  expect(await judge(place, key)).toEqual(verdict);
  expect(await judge(nextPlace(), key)).toMatchObject({ outcome: 'accepted' });
});

it('a request whose own life is shorter than the tenant’s patience is too old with it', async () => {
  const body = { to: '+4915112345678', life_seconds: 30 };
  expect(await judge(nextPlace(NOW - 30_001), undefined, body)).toMatchObject({ code: 'too_old' });
  expect(await judge(nextPlace(NOW - 30_000), undefined, body)).toMatchObject({ outcome: 'accepted' });
  expect(await judge(nextPlace(NOW + 5_000))).toMatchObject({ outcome: 'accepted' });
});
