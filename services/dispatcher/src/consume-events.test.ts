import type { Bus, IncomingEvent } from '@watchword/bus';
import { BaseError, REQUEST_TOPIC, createVerificationId } from '@watchword/contracts';
import { expect, it, vi } from 'vitest';
import { consumeEvents, type ConsumeDeps } from './consume-events.ts';

const id = createVerificationId({ region: 'a', bucket: 7 });
const request = {
  verification_id: id,
  version: 1,
  tenant: 'shop',
  purpose: 'login',
  created_at: 1_000,
  expires_at: 601_000,
  lookup: 'l1.x',
  workflow: [{ channel: 'sms', recipient: 0, timeout_ms: 60_000 }],
  recipients: [{ sealed: 's1.x', country: 'DE', operator: '', limit_bucket: 7, limit_key: 'x' }],
  code_length: 6,
  checks_max: 5,
  cooldown_ms: 30_000,
  locale: 'de',
  webotp: false,
};

/** @param moves what the mover answers, one call after the other */
async function bench(...moves: (string | Error)[]) {
  const restore = vi.fn(async () => ({ outcome: 'restored' }));
  const onRequest = vi.fn();
  const onClocks = vi.fn();
  const move = vi.fn(async () => {
    const next = moves.shift();
    if (next instanceof Error) throw next;
    return next;
  });
  let handle: (event: IncomingEvent) => Promise<void> = async () => undefined;
  const bus = {
    subscribe: async (options: Parameters<Bus['subscribe']>[0]) => void (handle = options.handle as never),
  };
  await consumeEvents({
    bus,
    store: { restore },
    move,
    longestWindowMs: 1,
    onRequest,
    onClocks,
    onReceipt: vi.fn(),
  } as unknown as ConsumeDeps);
  const take = async () =>
    handle({
      topic: REQUEST_TOPIC,
      key: id,
      timestampMs: 1_005,
      value: Buffer.from(JSON.stringify(request)),
    } as IncomingEvent);
  return { take, restore, move, onRequest, onClocks };
}

it('a request whose bucket is being restored is there: it is held, and neither restored nor counted as taken back', async () => {
  const { take, restore, move, onRequest } = await bench('held');
  await take();
  expect(onRequest.mock.calls).toEqual([['held']]);
  expect([move.mock.calls.length, restore.mock.calls.length]).toEqual([1, 0]);
});

it('a request that Redis does not have is restored and moved', async () => {
  const { take, restore, move, onRequest } = await bench('absent', 'moved');
  await take();
  expect(onRequest.mock.calls).toEqual([['restored']]);
  expect([move.mock.calls.length, restore.mock.calls.length]).toEqual([2, 1]);
});

it('a request of a newer version is left to its deadlines', async () => {
  const { take, restore, onRequest } = await bench(new BaseError('OTP_STATE_SCHEMA', 'newer', { retry: true }));
  await take();
  expect([onRequest.mock.calls, restore.mock.calls]).toEqual([[['newer']], []]);
});

it('a request tells the clocks of its broker and of Redis', async () => {
  const { take, onClocks } = await bench('moved');
  await take();
  expect(onClocks.mock.calls).toEqual([[1_005, 1_000]]);
});
