import type { IncomingEvent } from '@watchword/bus';
import {
  ATTEMPT_TOPIC,
  CHECK_TOPIC,
  OUTCOME_TOPIC,
  RECEIPT_TOPIC,
  REQUEST_TOPIC,
  createVerificationId,
} from '@watchword/contracts';
import { expect, it, vi } from 'vitest';
import { createMerger } from './recover-events.ts';

const id = createVerificationId({ region: 'a', bucket: 7 });
const entry = { bucket: 7, streamId: '1-0', fields: new Map() };

function bench() {
  const store = {
    restoreRequest: vi.fn(async () => 'merged' as const),
    restoreAttempt: vi.fn(async () => 'kept' as const),
    restoreOutcome: vi.fn(async () => 'unknown' as const),
    restoreCheck: vi.fn(async () => ({ outcome: 'merged' as const, entries: [entry] })),
    foldReceipt: vi.fn(async () => ({ outcome: 'folded' as const, now: 1, moves: true })),
  };
  const ship = vi.fn();
  const onMerge = vi.fn();
  const merge = createMerger({ store, outbox: { ship }, longestWindowMs: 86_400_000, onMerge });
  const take = async (topic: string, data: object, key = id) =>
    merge(new Set([7]))({ topic, key, value: Buffer.from(JSON.stringify(data)) } as IncomingEvent);
  return { store, ship, onMerge, take };
}

const common = { verification_id: id, version: 2, tenant: 'shop', purpose: 'login' };
const cell = { provider: 'one', channel: 'sms', country: 'DE', operator: '' };
const attempt = {
  ...common,
  ...cell,
  attempt_id: `${id}.1`,
  step: 0,
  send: 1,
  generation: 1,
  tag: 'p1.tag',
  state: 'accepted',
  claimed_at: 1,
  settled_at: 2,
  taken_over: false,
  revised: false,
  decision: {
    rule: 'only_eligible',
    candidates: [
      { provider: 'one', eligible: true },
      { provider: 'two', eligible: false, reason: 'tried' },
    ],
    propensity: 1,
  },
};
const check = { ...common, valid: true, generation: 1, checks_used: 1, checks_max: 5, checked_at: 3 };
const outcome = { ...common, outcome: 'approved', created_at: 1, ended_at: 3, checks_used: 1, attempts: 1 };
const receipt = {
  verification_id: id,
  ...cell,
  attempt_id: `${id}.1`,
  status: 'undelivered',
  error: 'unreachable',
  raw_status: 'x',
  received_at: 4,
};

it('gives each event to its script, and counts what was new of it', async () => {
  const { store, ship, onMerge, take } = bench();
  await take(ATTEMPT_TOPIC, attempt);
  await take(OUTCOME_TOPIC, outcome);
  await take(CHECK_TOPIC, check);
  await take(RECEIPT_TOPIC, receipt);
  expect(store.restoreAttempt).toHaveBeenCalledWith(attempt, 86_400_000, 'o|*|two!t');
  expect(store.restoreOutcome).toHaveBeenCalledWith(outcome);
  expect(store.restoreCheck).toHaveBeenCalledWith(check);
  expect(ship).toHaveBeenCalledWith([entry]);
  expect(store.foldReceipt).toHaveBeenCalledWith(id, 1, 'undelivered', 'unreachable');
  expect(onMerge.mock.calls).toEqual([
    [ATTEMPT_TOPIC, 'kept'],
    [OUTCOME_TOPIC, 'unknown'],
    [CHECK_TOPIC, 'merged'],
    [RECEIPT_TOPIC, 'merged'],
  ]);
});

it('passes over events of other buckets, and of nobody', async () => {
  const { store, onMerge, take } = bench();
  await take(REQUEST_TOPIC, {}, createVerificationId({ region: 'a', bucket: 8 }));
  await take(REQUEST_TOPIC, {}, 'not an id');
  expect([store.restoreRequest.mock.calls, onMerge.mock.calls]).toEqual([[], []]);
});

it('an event that does not fit its schema is not to be tried again', async () => {
  const { take } = bench();
  await expect(take(CHECK_TOPIC, { valid: 'yes' })).rejects.toMatchObject({ code: 'OTP_BUS_UNPARSABLE', retry: false });
  await expect(take(RECEIPT_TOPIC, { ...receipt, attempt_id: 'x' })).rejects.toMatchObject({ retry: false });
});
