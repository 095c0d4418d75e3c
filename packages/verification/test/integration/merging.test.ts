import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptEvent, CheckEvent, OutcomeEvent, RequestEvent } from '@watchword/contracts';
import { afterAll, describe, expect, test } from 'vitest';
import { DURATIONS, composeRequest, decideNext, type AdmitInput } from '../../src/index.ts';
import { SMS_THEN_VOICE, admissionOf, createFixture, type StartOptions } from '../fixture.ts';

const DAY_MS = 86_400_000;
const fixture = await createFixture();
const { redis, store, state } = fixture;
afterAll(() => fixture.close());
const someone = (): string => randomBytes(6).toString('hex');

interface Told extends AdmitInput {
  createdAt: number;
}

const requestOf = ({ id, request, createdAt, lifeMs }: Told): RequestEvent =>
  composeRequest(id, request, createdAt, createdAt + lifeMs);

/** Restores a verification of which nothing but the request is known. */
async function restored(options: StartOptions & { ageMs?: number } = {}): Promise<Told> {
  const input = admissionOf({ recipient: someone(), workflow: SMS_THEN_VOICE, ...options });
  const told = { ...input, createdAt: Date.now() - (options.ageMs ?? 5_000) };
  expect(await store.restoreRequest(requestOf(told), DAY_MS)).toBe('merged');
  return told;
}

function attemptOf({ id, createdAt }: Told, k: number, fields: Partial<AttemptEvent> = {}): AttemptEvent {
  return {
    verification_id: id,
    version: 2 + 2 * k,
    attempt_id: `${id}.${k}`,
    tenant: 'shop',
    purpose: 'login',
    provider: 'one',
    channel: 'sms',
    country: 'DE',
    operator: '',
    step: 0,
    send: 1,
    generation: k,
    tag: `p1.${k}`,
    state: 'accepted',
    claimed_at: createdAt + 10 * k,
    settled_at: createdAt + 10 * k + 5,
    taken_over: false,
    revised: false,
    send_state: 'accepted',
    ...fields,
  };
}

const checkOf = ({ id, createdAt }: Told, used: number, fields: Partial<CheckEvent> = {}): CheckEvent => ({
  verification_id: id,
  version: 10 + used,
  tenant: 'shop',
  purpose: 'login',
  valid: false,
  checks_used: used,
  checks_max: 5,
  checked_at: createdAt + 100 * used,
  ...fields,
});

const outcomeOf = ({ id, createdAt }: Told, outcome: OutcomeEvent['outcome'], fields: Partial<OutcomeEvent> = {}) => ({
  verification_id: id,
  version: 20,
  tenant: 'shop',
  purpose: 'login',
  outcome,
  created_at: createdAt,
  ended_at: createdAt + 900,
  checks_used: 1,
  attempts: 1,
  ...fields,
});

async function decide(told: Told, now = Date.now()) {
  const plans = told.request.workflow.map(({ channel, timeout_ms }) => ({ channel, timeoutMs: timeout_ms }));
  return decideNext(await state(told.id), plans, { trigger: 'deadline', now }, DURATIONS);
}

const chargesOf = async ({ request }: Told, recipient = 0): Promise<string[]> => {
  const { limit_bucket: bucket, limit_key: key } = request.recipients[recipient]!;
  return redis.zrangebyscore(store.keys.sends(bucket, key), '-inf', '+inf');
};

describe('a request', () => {
  test('brings back what is not there, which is sent, and looked at as soon as deadlines are', async () => {
    const told = await restored();
    expect(await store.restoreRequest(requestOf(told), DAY_MS)).toBe('kept');
    expect(await fixture.due(told.id)).toContain('admitted');
    expect(await decide(told)).toMatchObject({ move: 'advance', plan: { opens: true, send: 1 } });
    expect(await store.findByLookup(0x2a, told.request.lookup)).toBe(told.id);
    expect(await chargesOf(told)).toEqual([`${told.id}.1`]);
  });

  test('whose life has just ended brings it back for its outcome, and nobody joins it; an older one is over', async () => {
    const told = await restored({ ageMs: 700_000, lifeMs: 600_000 });
    expect(await decide(told)).toEqual({ move: 'expire' });
    expect(await store.findByLookup(0x2a, told.request.lookup)).toBeUndefined();
    const old = { ...admissionOf({ recipient: someone() }), createdAt: Date.now() - 1_201_000 };
    expect(await store.restoreRequest(requestOf(old), DAY_MS)).toBe('expired');
    expect(await chargesOf(old), 'it was sent').toEqual([`${old.id}.1`]);
  });

  test('is not moved by who had looked before the loss, though its plan stands where it stood', async () => {
    const told = await restored();
    await store.restoreAttempt(attemptOf(told, 1, { state: 'rejected', send_state: 'failed' }), DAY_MS);
    const looked = await state(told.id);
    await redis.unlink(store.keys.record(told.id));
    await sleep(5);
    await store.restoreRequest(requestOf(told), DAY_MS);
    await store.restoreAttempt(attemptOf(told, 1, { state: 'rejected', send_state: 'open' }), DAY_MS);
    const { step, send } = looked;
    const plan = { step, channel: 'sms', send, opens: false, stepDeadline: 0, lease: 0 } as const;
    expect(await store.advance(looked, plan, '')).toMatchObject({ outcome: 'conflict' });
    expect(await state(told.id)).toMatchObject({ sendState: 'open' });
  });

  test('that was taken back stays so', async () => {
    const input = admissionOf({ recipient: someone() });
    await store.admit(input);
    await store.abandon(input.id, input.request);
    expect(await store.restoreRequest(requestOf({ ...input, createdAt: Date.now() }), DAY_MS)).toBe('kept');
    expect((await store.read(input.id)).verification).toBeUndefined();
  });
});

describe('an attempt', () => {
  test.each([[[0, 1, 2]], [[2, 1, 0]], [[1, 2, 0]], [[1, 0, 2]], [[2, 0, 1]], [[0, 2, 1]]])(
    'that was taken over, and rejected after all, leaves its generation to the next one, in any order (%s)',
    async (order) => {
      const told = await restored();
      const unknown = { state: 'unknown', error: 'timeout', taken_over: true, send_state: 'open' } as const;
      const rejected = { state: 'rejected', error: 'blocked', revised: true, send_state: 'open' } as const;
      const events = [
        attemptOf(told, 1, { ...unknown, version: 4 }),
        attemptOf(told, 1, { ...rejected, version: 6 }),
        attemptOf(told, 2, { generation: 1, tag: 'p1.second', version: 8 }),
      ];
      for (const i of order) await store.restoreAttempt(events[i]!, DAY_MS);
      const before = await state(told.id);
      expect(before).toMatchObject({ tags: { 1: 'p1.second' }, sendState: 'accepted' });
      for (const i of order) await store.restoreAttempt(events[i]!, DAY_MS);
      expect(await state(told.id)).toEqual(before);
    },
  );

  test('without its verification changes nothing', async () => {
    const told = { ...admissionOf(), createdAt: Date.now() };
    expect(await store.restoreAttempt(attemptOf(told, 1), DAY_MS)).toBe('unknown');
    expect((await store.read(told.id)).verification).toBeUndefined();
  });

  test('that nothing was lost of changes nothing: its cool-down too is the one from before', async () => {
    const { id } = await fixture.start({ recipient: someone(), workflow: SMS_THEN_VOICE });
    await fixture.deliver(id, 'p1.1');
    await store.next(id, 'shop');
    await fixture.move(id, 'deadline');
    await fixture.deliver(id, 'p1.2');
    const before = await state(id);
    expect(before).toMatchObject({ send: 2, step: 1 });
    for (const { data, key, topic } of await fixture.events()) {
      if (key !== id || topic !== 'otp.attempt.v1') continue;
      expect(await store.restoreAttempt(data as AttemptEvent, DAY_MS)).toBe('kept');
    }
    expect(await state(id)).toEqual(before);
  });

  test('that was accepted is not sent again, its code is right, and the step falls back when its time is over', async () => {
    const told = await restored();
    expect(await store.restoreAttempt(attemptOf(told, 1), DAY_MS)).toBe('merged');
    expect(await state(told.id)).toMatchObject({ status: 'pending', send: 1, sendState: 'accepted' });
    expect(await decide(told)).toEqual({ move: 'none' });
    expect(await decide(told, told.createdAt + 61_000)).toMatchObject({ plan: { opens: true, step: 1, send: 2 } });
    expect((await fixture.check(told.id, 'p1.1')).outcome).toBe('approved');
  });

  test('whose send goes on is queued again at once', async () => {
    const told = await restored();
    const rejected = attemptOf(told, 1, { state: 'rejected', error: 'throttled', send_state: 'open' });
    await store.restoreAttempt(rejected, DAY_MS);
    expect(await decide(told)).toMatchObject({ plan: { opens: false, send: 1 }, commands: [{ send: 1, n: 1 }] });
    expect((await state(told.id)).tags).toEqual({});
  });

  test('whose send has failed leads to the next step, and does not count against the recipient', async () => {
    const told = await restored();
    const failed = attemptOf(told, 1, { state: 'rejected', error: 'invalid_number', send_state: 'failed' });
    await store.restoreAttempt(failed, DAY_MS);
    expect(await chargesOf(told)).toEqual([]);
    expect(await decide(told)).toMatchObject({ plan: { opens: true, step: 1, send: 2 }, charge: true });
  });

  test.each([
    ['accepted', 'accepted'],
    ['unknown', 'unknown'],
    ['rejected', 'open'],
  ] as const)('of a version that did not tell of its send: %s leaves it %s', async (result, sendState) => {
    const told = await restored();
    const { send_state: _, ...untold } = attemptOf(told, 1, { state: result });
    await store.restoreAttempt(untold, DAY_MS);
    expect(await state(told.id)).toMatchObject({ sendState });
  });

  test.each([[[1, 2, 3]], [[3, 2, 1]], [[2, 3, 1, 2]]])('several make the same in any order: %s', async (order) => {
    const told = await restored();
    const all = [
      attemptOf(told, 1, { state: 'rejected', error: 'throttled', send_state: 'open' }),
      attemptOf(told, 2, { generation: 1, tag: 'p1.again' }),
      attemptOf(told, 3, {
        step: 1,
        channel: 'voice',
        send: 2,
        generation: 2,
        state: 'unknown',
        send_state: 'unknown',
      }),
    ];
    for (const k of order) await store.restoreAttempt(all[k - 1]!, DAY_MS);
    expect(await state(told.id)).toMatchObject({
      generation: 2,
      tags: { 1: 'p1.again', 2: 'p1.3' },
      step: 1,
      channel: 'voice',
      send: 2,
      sendState: 'unknown',
      attempts: [{ state: 'rejected' }, { state: 'accepted' }, { state: 'unknown', send: 2 }],
    });
    expect(await chargesOf(told)).toEqual([`${told.id}.1`, `${told.id}.2`]);
  });

  test('of a recipient whose limits live elsewhere is charged there, once', async () => {
    const workflow = [SMS_THEN_VOICE[0]!, { ...SMS_THEN_VOICE[1]!, recipient: 1 }];
    const told = await restored({ workflow, otherBucket: 0x77, tenant: someone() });
    const second = attemptOf(told, 1, { step: 1, send: 2, channel: 'voice' });
    for (let n = 0; n < 2; n++) await store.restoreAttempt(second, DAY_MS);
    expect(await chargesOf(told, 1)).toEqual([`${told.id}.2`]);
  });

  test('of another kind under the same number stays out', async () => {
    const told = await restored();
    await store.restoreAttempt(attemptOf(told, 1), DAY_MS);
    expect(await store.restoreAttempt(attemptOf(told, 1, { provider: 'two' }), DAY_MS)).toBe('other');
    expect((await state(told.id)).attempts).toMatchObject([{ provider: 'one' }]);
  });

  test('that was with a provider when Redis was lost is settled, and its worker’s late word is a repeat', async () => {
    const input = await fixture.start({ recipient: someone() });
    const claimed = await fixture.claim(input.id, 'p1.1');
    const { createdAt, attempts } = await state(input.id);
    const event = attemptOf({ ...input, createdAt }, 1, { claimed_at: attempts[0]!.claimedAt });
    expect(await store.restoreAttempt(event, DAY_MS)).toBe('merged');
    expect(await state(input.id)).toMatchObject({ sendState: 'accepted', attempts: [{ state: 'accepted' }] });
    expect((await claimed.settle({ state: 'accepted' })).outcome).toBe('repeated');
  });

  test('comes back with why its provider was chosen; one of a version that kept nothing stays as it is', async () => {
    const told = await restored();
    await store.restoreAttempt(attemptOf(told, 1), DAY_MS, 'b|*|two');
    await store.restoreAttempt(attemptOf(told, 2, { send: 2 }), DAY_MS);
    expect(await store.restoreAttempt(attemptOf(told, 2, { send: 2 }), DAY_MS, 'x|*')).toBe('kept');
    expect((await state(told.id)).attempts.map(({ decision }) => decision)).toEqual(['b|*|two', '']);
  });
});

describe('an end', () => {
  test('leaves a tombstone without addresses, and is not published again', async () => {
    const told = await restored();
    await store.restoreAttempt(attemptOf(told, 1), DAY_MS);
    const approved = outcomeOf(told, 'approved', { generation: 1 });
    expect(await store.restoreOutcome(approved)).toBe('merged');
    expect(await store.restoreOutcome(approved)).toBe('kept');
    expect(await state(told.id)).toMatchObject({
      status: 'approved',
      endedAt: told.createdAt + 900,
      request: undefined,
      lookup: '',
    });
    expect(await fixture.due(told.id)).toEqual([]);
    expect((await fixture.events()).filter(({ key }) => key === told.id)).toEqual([]);
    expect(await fixture.check(told.id, 'p1.1')).toMatchObject({ outcome: 'final', status: 'approved' });
    const ttl = await redis.pttl(store.keys.record(told.id));
    expect(ttl).toBeGreaterThan(600_000);
  });

  test('an approval overrules another end, and no other end an approval', async () => {
    const told = await restored();
    await store.restoreOutcome(outcomeOf(told, 'expired'));
    expect(await store.restoreOutcome(outcomeOf(told, 'approved', { generation: 1 }))).toBe('merged');
    expect(await store.restoreOutcome(outcomeOf(told, 'canceled'))).toBe('kept');
    expect(await state(told.id)).toMatchObject({ status: 'approved', approvedGeneration: 1 });
  });

  test('attempts that come after it complete its list', async () => {
    const told = await restored();
    await store.restoreOutcome(outcomeOf(told, 'approved', { generation: 1 }));
    expect(await store.restoreAttempt(attemptOf(told, 1), DAY_MS)).toBe('merged');
    expect(await state(told.id)).toMatchObject({ status: 'approved', tags: {}, attempts: [{ provider: 'one' }] });
  });
});

describe('a check', () => {
  test('is counted, also against the recipient, before or after the end', async () => {
    const told = await restored();
    await store.restoreCheck(checkOf(told, 2));
    expect(await state(told.id)).toMatchObject({ checksUsed: 2, status: 'admitted' });
    await store.restoreOutcome(outcomeOf(told, 'canceled', { checks_used: 2 }));
    await store.restoreCheck(checkOf(told, 1));
    expect((await store.restoreCheck(checkOf(told, 1))).outcome).toBe('kept');
    const counted = await redis.zrangebyscore(store.keys.wrongChecksPrefix(0x2a) + told.request.lookup, '-inf', '+inf');
    expect(counted).toEqual([`${told.id}.1`, `${told.id}.2`]);
  });

  test('that was right ends it, and publishes the end that nobody else knows of, once', async () => {
    const told = await restored();
    await store.restoreAttempt(attemptOf(told, 1), DAY_MS);
    const right = checkOf(told, 1, { valid: true, generation: 1 });
    const { outcome, entries } = await store.restoreCheck(right);
    expect([outcome, entries[0]?.fields.get('outcome')]).toEqual(['merged', 'approved']);
    expect(await store.restoreCheck(right)).toEqual({ outcome: 'kept', entries: [undefined] });
    expect((await fixture.check(told.id, 'p1.1')).outcome).toBe('final');
    const events = (await fixture.events()).filter(({ key }) => key === told.id);
    expect(events.map(({ data }) => data)).toMatchObject([
      { outcome: 'approved', generation: 1, attempt_id: `${told.id}.1`, ended_at: right.checked_at, checks_used: 1 },
    ]);
  });

  test('whose end is known publishes nothing', async () => {
    const told = await restored();
    await store.restoreOutcome(outcomeOf(told, 'approved', { generation: 1 }));
    const { entries } = await store.restoreCheck(checkOf(told, 1, { valid: true, generation: 1 }));
    expect(entries).toEqual([undefined]);
  });

  test('that spent the budget ends it as failed', async () => {
    const told = await restored();
    await store.restoreCheck(checkOf(told, 5));
    expect(await fixture.check(told.id, 'p1.1')).toMatchObject({ outcome: 'locked' });
  });
});

test.each([
  ['outcome alone', ['outcome']],
  ['check before its outcome', ['check', 'outcome']],
])('an approval that is known by its %s is told again to the Idempotency-Key that it was told to', async (_, order) => {
  const told = await restored();
  await store.restoreAttempt(attemptOf(told, 1), DAY_MS);
  const merge = {
    outcome: async () => store.restoreOutcome(outcomeOf(told, 'approved', { generation: 1, approved_by: 'key-1' })),
    check: async () => store.restoreCheck(checkOf(told, 1, { valid: true, generation: 1 })),
  };
  for (const kind of order) await merge[kind as keyof typeof merge]();
  expect(await merge.outcome()).toBe('kept');
  const typed = async (idempotency: string) => fixture.check(told.id, 'p1.1', { idempotency });
  expect(await typed('key-1')).toMatchObject({ outcome: 'approved', generation: 1 });
  expect(await typed('key-2')).toMatchObject({ outcome: 'final', status: 'approved' });
});

test('the first claim after a recovery is a possible repeat, and no other', async () => {
  const told = await restored();
  await fixture.move(told.id, 'request');
  const cell = 'one|sms|DE|';
  const claimed = await store.claim(told.id, { send: 1, tag: 'p1.1', cell });
  expect(claimed).toMatchObject({ outcome: 'claimed', recovered: true });
  await store.takeOver(await state(told.id), 1);
  expect(await store.claim(told.id, { send: 1, tag: 'p1.2', cell })).toMatchObject({ recovered: false });
});
