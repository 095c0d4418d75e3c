import { createVerificationId } from '@watchword/contracts';
import { keysOf, waitFor } from '@watchword/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { requestEventId } from '../../src/index.ts';
import { ROOMY, SMS, VOICE, admissionOf, count, createFixture, times } from '../fixture.ts';

const fixture = await createFixture();
const { store, move, state, events, jobs, redis } = fixture;
afterAll(fixture.close);

const NARROW = [
  { windowMs: 300, limit: 2 },
  { windowMs: 60_000, limit: 3 },
];

describe('two starts of one recipient', () => {
  test('50 concurrent ones: one is created, the others join it, and its request is promised once', async () => {
    const answers = await times(50, async () => store.admit(admissionOf({ recipient: 'crowd' })));
    expect(count(answers)).toEqual({ created: 1, joined: 49 });
    const joined = answers.filter((answer) => answer.outcome === 'joined');
    expect(new Set(joined.map(({ id }) => id)).size).toBe(1);
    const { id } = joined[0]!;
    expect(joined.filter(({ entry }) => entry !== undefined)).toHaveLength(1);
    const promises = (await events()).filter(({ key, type }) => key === id && type.includes('requested'));
    expect(promises).toHaveLength(1);
    expect((await state(id)).promised).toBe(true);
  });

  test('a promised request carries all that a record is made from', async () => {
    const input = admissionOf({ recipient: 'promised' });
    const created = await store.admit(input);
    await store.admit(admissionOf({ recipient: 'promised' }));
    const promise = (await events()).find(({ key }) => key === input.id);
    expect(promise?.data).toEqual({
      ...input.request,
      verification_id: input.id,
      version: 1,
      created_at: created.now,
      expires_at: created.now + input.lifeMs,
    });
  });

  test('do not join across purposes, tenants or recipients', async () => {
    const options = [
      { recipient: 'apart' },
      { recipient: 'apart', purpose: 'pay' },
      { recipient: 'apart', tenant: 'bank' },
      { recipient: 'other' },
    ];
    const answers = await times(4, async (i) => store.admit(admissionOf(options[i])));
    expect(count(answers)).toEqual({ created: 4 });
  });

  test('after the end, and after a life that nobody has ended yet, a start makes a new one', async () => {
    const first = await fixture.start({ recipient: 'again', lifeMs: 150, cooldownMs: 150 });
    expect((await store.admit(admissionOf({ recipient: 'again' }))).outcome).toBe('joined');
    await waitFor(async () => (await store.read(first.id)).now >= (await state(first.id)).expiresAt, {
      timeoutMs: 5_000,
      what: 'the end of the life',
    });
    const second = admissionOf({ recipient: 'again' });
    expect((await store.admit(second)).outcome).toBe('created');
    await store.cancel(second.id, 'shop');
    expect((await store.admit(admissionOf({ recipient: 'again' }))).outcome).toBe('created');
  });

  test('past the cool-down and too near the end of the life, a start makes a new one; the old code stays right by its id', async () => {
    const brief = await createFixture({ lifeLeftMinMs: 60_000 });
    const [recipient, lifeMs] = ['late', 59_000];
    const first = await brief.start({ recipient, lifeMs });
    await brief.deliver(first.id, 'p1.first');
    const second = admissionOf({ recipient, lifeMs, cooldownMs: 59_000 });
    expect((await brief.store.admit(second)).outcome).toBe('created');
    expect(await brief.store.findByLookup(0x2a, second.request.lookup)).toBe(second.id);
    // within its cool-down nothing is sent: it is joined to its end
    expect(await brief.store.admit(admissionOf({ recipient }))).toMatchObject({ outcome: 'joined', id: second.id });
    expect(await brief.check(first.id, 'p1.first')).toMatchObject({ outcome: 'approved' });
    expect(await brief.store.findByLookup(0x2a, second.request.lookup)).toBe(second.id);
    brief.close();
  });

  test('the same id again, after a crash, is the same verification and costs nothing', async () => {
    const input = admissionOf({ recipient: 'repeat', windows: [{ windowMs: 60_000, limit: 1 }] });
    const answers = await times(10, async () => store.admit(input));
    expect(count(answers)).toEqual({ created: 1, exists: 9 });
  });
});

describe('the limits of a recipient', () => {
  test('refuse with the time until there is room, over purposes and ended ones', async () => {
    const ids: string[] = [];
    for (const purpose of ['one', 'two']) {
      const input = admissionOf({ recipient: 'busy', purpose, windows: NARROW });
      expect((await store.admit(input)).outcome).toBe('created');
      ids.push(input.id);
    }
    await store.cancel(ids[0]!, 'shop');
    const refused = await store.admit(admissionOf({ recipient: 'busy', purpose: 'three', windows: NARROW }));
    expect(refused).toMatchObject({ outcome: 'refused' });
    const { retryAfterMs } = refused as { retryAfterMs: number };
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(retryAfterMs).toBeLessThanOrEqual(300);

    const later = await waitFor(
      async () => {
        const answer = await store.admit(admissionOf({ recipient: 'busy', purpose: 'three', windows: NARROW }));
        return answer.outcome === 'created' && answer;
      },
      { timeoutMs: 5_000, intervalMs: 10, what: 'room in the short window' },
    );
    expect(later.now).toBeGreaterThanOrEqual(refused.now + retryAfterMs);

    const full = await store.admit(admissionOf({ recipient: 'busy', purpose: 'four', windows: NARROW }));
    expect((full as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(50_000);
  });

  test('20 concurrent starts of other purposes: exactly the limit is admitted', async () => {
    const windows = [{ windowMs: 60_000, limit: 5 }];
    const answers = await times(20, async (i) =>
      store.admit(admissionOf({ recipient: 'many', purpose: `p${i}`, windows })),
    );
    expect(count(answers)).toEqual({ created: 5, refused: 15 });
  });

  test('a repeated charge of a send costs nothing, and only a fresh one says so', async () => {
    const recipient = { limit_bucket: 3, limit_key: 'charged' };
    const { id } = admissionOf();
    const windows = [{ windowMs: 60_000, limit: 1 }];
    const answers = await times(5, async () => store.charge(recipient, id, 2, windows));
    expect(answers.filter((answer) => answer.outcome === 'charged')).toHaveLength(5);
    expect(answers.filter((answer) => answer.outcome === 'charged' && answer.fresh)).toHaveLength(1);
    expect((await store.charge(recipient, id, 3, windows)).outcome).toBe('refused');
    await store.refund(recipient, id, 2);
    expect((await store.charge(recipient, id, 3, windows)).outcome).toBe('charged');
  });
});

describe('a recipient whose name has changed', () => {
  test('has what was counted under both names, however often it is carried', async () => {
    const windows = [{ windowMs: 60_000, limit: 3 }];
    const former = { bucket: 0x11, limitKey: 'former' };
    const current = { bucket: 0x22, limitKey: 'current' };
    const recipientOf = ({ bucket, limitKey }: typeof former) => ({ limit_bucket: bucket, limit_key: limitKey });
    const { id } = admissionOf();
    for (const send of [1, 2]) await store.charge(recipientOf(former), id, send, windows);
    await times(3, async () => store.carrySends(former, current));
    expect((await store.charge(recipientOf(current), id, 3, windows)).outcome).toBe('charged');
    await store.carrySends(former, current);
    expect((await store.charge(recipientOf(current), id, 4, windows)).outcome).toBe('refused');
    expect((await store.charge(recipientOf(former), id, 3, windows)).outcome).toBe('charged');
  });
});

describe('an admission that is taken back', () => {
  const windows = [{ windowMs: 60_000, limit: 1 }];

  test('refunds its send, and a request that comes late finds the tombstone and sends nothing', async () => {
    const input = admissionOf({ recipient: 'back', windows });
    await store.admit(input);
    expect((await store.abandon(input.id, input.request)).outcome).toBe('abandoned');
    const queued = jobs.length;
    expect(await move(input.id, 'request')).toBe('absent');
    const at = { createdAt: 1, expiresAt: Date.now() + 60_000 };
    expect((await store.restore(input.id, input.request, at, 60_000)).outcome).toBe('exists');
    expect(await move(input.id, 'request')).toBe('absent');
    expect(jobs.length).toBe(queued);
    expect((await fixture.check(input.id, 'p1.any')).outcome).toBe('unknown');
    expect(await redis.pttl(store.keys.record(input.id))).toBeGreaterThan(0);
    expect((await store.admit(admissionOf({ recipient: 'back', windows }))).outcome).toBe('created');
  });

  test('is another event when it is admitted again; one that was promised is the same event whoever publishes it', async () => {
    const input = admissionOf({ recipient: 'one-event' });
    const first = await store.admit(input);
    await store.abandon(input.id, input.request);
    await waitFor(async () => (await store.read(input.id)).now > first.now, { timeoutMs: 5_000, what: 'a ms' });
    const second = await store.admit(input);
    expect(requestEventId(input.id, second.now)).not.toBe(requestEventId(input.id, first.now));
    await store.admit(admissionOf({ recipient: 'one-event' }));
    const promised = (await fixture.events()).filter(({ key, topic }) => key === input.id && topic.includes('request'));
    expect(promised.map((event) => event.id)).toEqual([requestEventId(input.id, second.now)]);
    expect(promised[0]!.id).toMatch(new RegExp(`^${input.id}\\.1\\.[\\w-]{12}$`));
  });

  test('is kept once another caller was promised it', async () => {
    const input = admissionOf({ recipient: 'kept' });
    await store.admit(input);
    await store.admit(admissionOf({ recipient: 'kept' }));
    expect((await store.abandon(input.id, input.request)).outcome).toBe('kept');
    expect((await state(input.id)).status).toBe('admitted');
  });

  test('is kept once the dispatcher has it, and once it has ended', async () => {
    const started = await fixture.start({ recipient: 'started' });
    expect((await store.abandon(started.id, started.request)).outcome).toBe('kept');
    const canceled = admissionOf({ recipient: 'canceled' });
    await store.admit(canceled);
    await store.cancel(canceled.id, 'shop');
    expect((await store.abandon(canceled.id, canceled.request)).outcome).toBe('kept');
  });

  test('may be admitted again under its id, and no plan from before it was taken back fits', async () => {
    const input = admissionOf({ recipient: 'reborn' });
    await store.admit(input);
    const old = await state(input.id);
    await store.abandon(input.id, input.request);
    expect((await store.admit(input)).outcome).toBe('created');
    const plan = { step: 0, channel: 'sms', send: 1, opens: true, stepDeadline: 1, lease: 1 } as const;
    expect((await store.advance(old, plan, '1-1')).outcome).toBe('conflict');
  });

  test('asking for the next step before the first has begun asks nothing, so it leaves no deadline behind', async () => {
    const input = admissionOf({ recipient: 'eager', workflow: [SMS, VOICE] });
    await store.admit(input);
    expect((await store.next(input.id, 'shop')).outcome).toBe('open');
    expect((await store.resend(input.id, 'shop', 'any', undefined)).outcome).toBe('open');
    await store.abandon(input.id, input.request);
    const members = await redis.zrange(store.keys.deadlines(0x2a), '0', '-1');
    expect(members.filter((member) => member.startsWith(input.id))).toEqual([]);
  });
});

describe('an admitted one that nobody finishes', () => {
  test('calls by its deadline and is started from its state', async () => {
    const quick = await createFixture({ admittedMs: 300 });
    const input = admissionOf({ recipient: 'forgotten' });
    await quick.store.admit(input);
    expect(await quick.due(input.id)).toEqual([]);
    await waitFor(async () => (await quick.due(input.id)).includes('admitted'), {
      timeoutMs: 5_000,
      what: 'its deadline',
    });
    expect(await quick.move(input.id, 'deadline')).toBe('advanced');
    expect(quick.jobs).toEqual([`${input.id}-1-1`]);
    expect(await quick.due(input.id)).toEqual([]);
    quick.close();
  });
});

test('every key of a verification has a TTL, but for deadlines, outbox and marker', async () => {
  const own = await createFixture();
  const { id } = await own.start({ recipient: 'mortal' });
  await own.deliver(id, 'p1.right');
  await own.check(id, 'p1.wrong');
  await own.store.charge({ limit_bucket: 0x2a, limit_key: 'elsewhere' }, id, 2, ROOMY);
  await own.check(id, 'p1.right');
  const bucket = `{${own.namespace}b2a}`;
  const keys = await keysOf(own.redis, `{${own.namespace}*`);
  const forEver: string[] = [];
  for (const key of keys) if ((await own.redis.pttl(key)) === -1) forEver.push(key);
  expect(forEver.sort()).toEqual([`${bucket}:m`, `${bucket}:o`]);
  expect(keys).toContain(own.store.keys.record(id));
  own.close();
});

test('a verification lives in the bucket that its id names', () => {
  const id = createVerificationId({ region: 'a', bucket: 0xfe });
  for (const key of [store.keys.record(id), store.keys.deadlines(0xfe), store.keys.outbox(0xfe)]) {
    expect(key).toMatch(/^\{test-[0-9a-f]{12}-bfe\}:/);
  }
});
