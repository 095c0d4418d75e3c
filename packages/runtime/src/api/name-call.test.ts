import { createKeyRing, type KeyRing } from '@watchword/otp';
import { expect, test } from 'vitest';
import { findCallName, type NamedCall } from './name-call.ts';

const key = (fill: number) => new Uint8Array(32).fill(fill);
const ring = (current: string, ...kids: number[]): KeyRing<'lookup'> =>
  createKeyRing({ lookup: { current, keys: Object.fromEntries(kids.map((n) => [`k${n}`, key(n)])) } });
const call: NamedCall = { tenant: 'a', idempotencyKey: 'k', method: 'POST', url: '/v1', body: { code: '123456' } };
const unknown = async () => false;

test('equal calls have one name; every part of a call counts', async () => {
  const keys = ring('k1', 1);
  const name = await findCallName(keys, call, unknown);
  expect(await findCallName(keys, { ...call }, unknown)).toEqual(name);
  for (const part of [{ method: 'PUT' }, { url: '/v2' }, { body: { code: '123457' } }, { body: undefined }]) {
    const other = await findCallName(keys, { ...call, ...part }, unknown);
    expect(other.keyHash).toBe(name.keyHash);
    expect(other.callHash).not.toBe(name.callHash);
  }
  for (const part of [{ tenant: 'b' }, { tenant: 'ak', idempotencyKey: '' }, { idempotencyKey: 'l' }]) {
    expect((await findCallName(keys, { ...call, ...part }, unknown)).keyHash).not.toBe(name.keyHash);
  }
});

test('without the key nobody can try codes against a name', async () => {
  const mine = await findCallName(ring('k1', 1), call, unknown);
  const other = await findCallName(createKeyRing({ lookup: { current: 'k1', keys: { k1: key(2) } } }), call, unknown);
  expect(other.callHash).not.toBe(mine.callHash);
});

test('after a rotation a known call keeps its name, and a new one gets the current key’s', async () => {
  const before = await findCallName(ring('k1', 1), call, unknown);
  const rotated = ring('k2', 1, 2);
  expect(await findCallName(rotated, call, async (keyHash) => keyHash === before.keyHash)).toEqual(before);
  expect(await findCallName(rotated, call, unknown)).toEqual(await findCallName(ring('k2', 2), call, unknown));
});
