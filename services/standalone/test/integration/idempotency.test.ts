import { randomUUID } from 'node:crypto';
import { EVENTS, REQUEST_TOPIC } from '@watchword/contracts';
import type { Bus } from '@watchword/bus';
import { ingest } from '@watchword/ingest';
import { startProcess } from '@watchword/runtime';
import { waitFor } from '@watchword/testkit';
import { createKeys } from '@watchword/verification';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startApi, wrongCodes, type Api, type ApiAnswer, type Caller } from '../start-api.ts';
import { codeIn, freshNumber } from '../start-product.ts';

let api: Api;
let demo: Caller;
let quick: Caller;
beforeAll(async () => {
  api = await startApi({ tenants: ['    channels: [sms]\n    defaults: { resend_cooldown_seconds: 0 }'] });
  demo = api.demo;
  quick = api.others[0]!;
});
afterAll(async () => api.stop());

const withKey = (key: string = randomUUID()): { 'idempotency-key': string } => ({ 'idempotency-key': key });
const isReplay = ({ headers }: ApiAnswer): boolean => headers.get('idempotency-replayed') === 'true';

/** Calls twice; the second answer must be the first one's, told as a replay. */
async function expectReplay(call: () => Promise<ApiAnswer>): Promise<ApiAnswer> {
  const first = await call();
  const second = await call();
  expect(isReplay(first)).toBe(false);
  expect(isReplay(second)).toBe(true);
  expect(second).toMatchObject({ status: first.status, body: first.body });
  expect(second.headers.get('content-type')).toBe(first.headers.get('content-type'));
  return first;
}

/** The records of Idempotency-Keys that `act` leaves. */
async function recordsOf(act: () => Promise<unknown>): Promise<string[]> {
  const list = async () =>
    (await api.keys()).filter((key) => key.startsWith(createKeys(api.product.namespace).idempotency('').slice(0, -1)));
  const before = new Set(await list());
  await act();
  return (await list()).filter((key) => !before.has(key));
}

/** As if the process had died between the effect and the answer: the key is reserved, its lease is over. */
async function loseAnswer(record: string): Promise<void> {
  await api.redis.hdel(record, 'st', 'an');
  await api.redis.hset(record, 'un', '0');
}

describe('I1: the same key with the same body gets the same answer', () => {
  it('a start: one verification, one message', async () => {
    const to = freshNumber();
    const headers = withKey();
    const { body } = await expectReplay(async () => demo.start({ to, client_reference: 'r' }, headers));
    const [message] = await api.product.messages(to);
    expect((await demo.check(body.id, codeIn(message!.text))).body.valid).toBe(true);
    expect(await api.product.inbox(to)).toHaveLength(1);
    expect(await demo.start({ to, client_reference: 'r' }, headers)).toMatchObject({
      body: { id: body.id, status: 'pending' },
    });
  });

  it('a problem too: 422, 404, 409', async () => {
    const { id } = await demo.receive({ to: freshNumber() });
    await demo.act('cancel', id);
    const nobody = id.replace(/.{4}$/, (tail) => (tail === 'aaaa' ? 'bbbb' : 'aaaa'));
    for (const [status, call] of [
      [422, async (headers: Record<string, string>) => demo.start({ to: '0151 2345678' }, headers)],
      [404, async (headers: Record<string, string>) => demo.check(nobody, '123456', headers)],
      [409, async (headers: Record<string, string>) => demo.act('resend', id, headers)],
    ] as const) {
      const headers = withKey();
      expect((await expectReplay(async () => call(headers))).status).toBe(status);
    }
  });

  it('a wrong check is judged once', async () => {
    const { id, code } = await demo.receive({ to: freshNumber() });
    const headers = withKey();
    const [wrong] = wrongCodes(1, code);
    expect((await expectReplay(async () => demo.check(id, wrong!, headers))).body).toMatchObject({
      valid: false,
      checks_remaining: 4,
    });
    expect((await demo.read(id)).body.checks_remaining).toBe(4);
  });

  it('an approval is answered again to its key, and to no other', async () => {
    const { id, code } = await demo.receive({ to: freshNumber() });
    const headers = withKey();
    expect((await expectReplay(async () => demo.check(id, code, headers))).body).toMatchObject({
      valid: true,
      status: 'approved',
    });
    expect((await demo.check(id, code, withKey())).body).toMatchObject({ valid: false, status: 'approved' });
    expect((await demo.check(id, code)).body.valid).toBe(false);
  });

  it('a resend sends once', async () => {
    const { id, to } = await quick.receive({ to: freshNumber() });
    await waitFor(async () => (await quick.read(id)).body.attempts[0]?.state === 'accepted', {
      timeoutMs: 5_000,
      what: 'the first send',
    });
    const headers = withKey();
    expect((await expectReplay(async () => quick.act('resend', id, headers))).body.sent).toBe(true);
    await api.product.messages(to, 2);
    await waitFor(async () => (await quick.read(id)).body.attempts[1]?.state === 'accepted', {
      timeoutMs: 5_000,
      what: 'the second send',
    });
    expect(isReplay(await quick.act('resend', id, headers))).toBe(true);
    expect((await quick.read(id)).body.attempts).toHaveLength(2);
  });

  it('a cancel stays what it was', async () => {
    const { id } = await demo.receive({ to: freshNumber() });
    const headers = withKey();
    expect((await expectReplay(async () => demo.act('cancel', id, headers))).body).toEqual({ id, status: 'canceled' });
  });

  it('a 429 is not kept: the same call may pass later', async () => {
    const { id } = await demo.receive({ to: freshNumber() });
    const headers = withKey();
    expect((await demo.act('resend', id, headers)).status).toBe(429);
    await api.redis.hset(createKeys(api.product.namespace).record(id), 'ns', '0');
    expect(await demo.act('resend', id, headers)).toMatchObject({ status: 202, body: { sent: true } });
  });
});

describe('I1: at once', () => {
  it('20 starts with one key are one verification: the others are told to come back, or get its answer', async () => {
    const to = freshNumber();
    const headers = withKey();
    const answers = await Promise.all(Array.from({ length: 20 }, async () => demo.start({ to }, headers)));
    const started = answers.filter(({ status }) => status === 202);
    const inFlight = answers.filter(({ status }) => status === 409);
    expect(started.length + inFlight.length).toBe(20);
    expect(inFlight.length).toBeGreaterThan(0);
    expect(new Set(started.map(({ body }) => body.id)).size).toBe(1);
    expect(started.filter((answer) => !isReplay(answer))).toHaveLength(1);
    for (const answer of inFlight) {
      expect(answer.body.code).toBe('idempotency_in_flight');
      expect(Number(answer.headers.get('retry-after'))).toBe(1);
    }
    expect((await demo.start({ to }, headers)).body).toEqual(started[0]!.body);
  });

  it('20 right checks with one key are one approval, answered to all who get an answer', async () => {
    const { id, code } = await demo.receive({ to: freshNumber() });
    const headers = withKey();
    const answers = await Promise.all(Array.from({ length: 20 }, async () => demo.check(id, code, headers)));
    const judged = answers.filter(({ status }) => status === 200);
    expect(judged.filter((answer) => !isReplay(answer))).toHaveLength(1);
    for (const { body } of judged) expect(body.valid).toBe(true);
  });
});

describe('I1: what a key is', () => {
  it('of one request: another body, and another path, is 422', async () => {
    const { id, code } = await demo.receive({ to: freshNumber() });
    const headers = withKey();
    const to = freshNumber();
    expect((await demo.start({ to }, headers)).status).toBe(202);
    for (const answer of [
      await demo.start({ to, purpose: 'transfer' }, headers),
      await demo.act('cancel', id, headers),
      await demo.check(id, code, headers),
    ]) {
      expect(answer).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    }
    expect((await demo.check(id, code)).body.valid).toBe(true);
  });

  it('of one tenant: another’s same key is another call', async () => {
    const to = freshNumber();
    const headers = withKey();
    const mine = await demo.start({ to }, headers);
    const theirs = await quick.start({ to }, headers);
    expect(isReplay(theirs)).toBe(false);
    expect(theirs.body.id).not.toBe(mine.body.id);
  });

  it('up to 255 characters: longer or empty is 400 and says so', async () => {
    const to = freshNumber();
    const { id } = await demo.receive({ to: freshNumber() });
    for (const headers of [withKey(''), withKey('k'.repeat(256))]) {
      for (const answer of [
        await demo.start({ to }, headers),
        await demo.check(id, '123456', headers),
        await demo.act('resend', id, headers),
        await demo.act('next', id, headers),
        await demo.act('cancel', id, headers),
      ]) {
        expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: 'headers.idempotency-key' }] } });
      }
    }
    expect((await demo.read(id)).body).toMatchObject({ status: 'pending', checks_remaining: 5 });
    expect((await demo.start({ to }, withKey('k'.repeat(255)))).status).toBe(202);
  });

  it('nothing to a read', async () => {
    const { body } = await demo.start({ to: freshNumber() });
    const headers = withKey('k'.repeat(300));
    const path = `/v1/verifications/${body.id}`;
    expect((await demo.ask('GET', path, undefined, headers)).body.status).toBe('pending');
    await demo.act('cancel', body.id);
    const again = await demo.ask('GET', path, undefined, headers);
    expect(again.body.status).toBe('canceled');
    expect(isReplay(again)).toBe(false);
  });

  it('not kept in clear, and neither is the address; both are forgotten after a day', async () => {
    const to = freshNumber();
    const key = randomUUID();
    const records = await recordsOf(async () => demo.start({ to }, withKey(key)));
    expect(records).toHaveLength(1);
    expect(records[0]).not.toContain(key);
    const kept = JSON.stringify(await api.redis.hgetall(records[0]!));
    for (const secret of [key, to, to.slice(1)]) expect(kept).not.toContain(secret);
    expect(await api.redis.pttl(records[0]!)).toBeGreaterThan(86_000_000);
    expect(await api.redis.pttl(records[0]!)).toBeLessThanOrEqual(86_400_000);
  });
});

describe('I1: when a process dies before it has answered', () => {
  it('an approval whose answer was lost is answered again to the same key, and to no other', async () => {
    const { id, code } = await demo.receive({ to: freshNumber() });
    const headers = withKey();
    const [record] = await recordsOf(async () => demo.check(id, code, headers));
    await loseAnswer(record!);
    const approved = { id, status: 'approved', valid: true, channel: 'sms', generation: 1 };
    const again = await demo.check(id, code, headers);
    expect(again.body).toEqual(approved);
    expect(isReplay(again)).toBe(false);
    expect((await demo.check(id, code, withKey())).body.valid).toBe(false);
    expect((await expectLater(async () => demo.check(id, code, headers))).body).toEqual(approved);
  });

  it('a retry that comes while the lease still runs is told to wait', async () => {
    const to = freshNumber();
    const headers = withKey();
    const [record] = await recordsOf(async () => demo.start({ to }, headers));
    await api.redis.hdel(record!, 'st', 'an');
    expect(await demo.start({ to }, headers)).toMatchObject({ status: 409, body: { code: 'idempotency_in_flight' } });
  });

  it('a start that had published is the same verification, and sends nothing more', async () => {
    const to = freshNumber();
    const headers = withKey();
    let first: ApiAnswer | undefined;
    const [record] = await recordsOf(async () => (first = await demo.start({ to }, headers)));
    await api.product.messages(to);
    await loseAnswer(record!);
    expect(await demo.start({ to }, headers)).toMatchObject({ status: 202, body: { id: first!.body.id, sent: true } });
    expect(await api.product.inbox(to)).toHaveLength(1);
    expect((await demo.read(first!.body.id)).body.attempts).toHaveLength(1);
  });

  it('a start that had been admitted but not published is published by the retry, with the same id', async () => {
    const to = freshNumber();
    const headers = withKey();
    const { config } = api.product;
    const dying = await startProcess({
      config: { ...config, http: { ...config.http, port: 0 } },
      services: [ingest],
      name: 'ingest',
      log: pino({ level: 'silent' }),
      createBus: () => silentBus,
    });
    onTestFinished(async () => void (await dying.stop(500)));
    const gone = new AbortController();
    const [record] = await recordsOf(async () => {
      const call = fetch(`${dying.url}/v1/verifications`, {
        method: 'POST',
        headers: { authorization: `Bearer ${demo.apiKey}`, 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ to }),
        signal: gone.signal,
      }).catch(() => undefined); // it is never answered
      await waitFor(() => publishing.has(EVENTS[REQUEST_TOPIC].type), { timeoutMs: 5_000, what: 'the admission' });
      gone.abort();
      await call;
    });
    const id = await api.redis.hget(record!, 'id');
    expect(await api.product.inbox(to)).toEqual([]);
    await loseAnswer(record!);
    expect(await demo.start({ to }, headers)).toMatchObject({ status: 202, body: { id, sent: true } });
    const [message] = await api.product.messages(to);
    expect((await demo.check(id!, codeIn(message!.text))).body.valid).toBe(true);
  });
});

/** The call after this one is a replay again. */
async function expectLater(call: () => Promise<ApiAnswer>): Promise<ApiAnswer> {
  const answered = await call();
  expect(isReplay(answered)).toBe(true);
  return answered;
}

/** Types of the events that a process has begun to publish when it dies. */
const publishing = new Set<string>();
/** A bus that never comes to an answer. */
const silentBus: Bus = {
  publish: async ({ envelope }) => {
    publishing.add(envelope.type);
    return new Promise(() => undefined);
  },
  subscribe: async () => {
    throw new Error('nobody subscribes here');
  },
  read: async () => {
    throw new Error('nobody reads here');
  },
  follow: () => {
    throw new Error('nobody follows here');
  },
  createTopics: async () => undefined,
  publishRecord: async () => new Promise(() => undefined),
  listTopics: async () => [],
  health: () => ({ brokersSilentMs: 0, producer: { oldestUnackedMs: 0, connected: true }, consumers: [] }),
  close: async () => undefined,
};
