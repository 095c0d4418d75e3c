import { createKeyRing, keyedHash, type KeyRing } from '@watchword/otp';
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
    expect(other.canonicalHash).not.toBe(name.canonicalHash);
  }
  for (const part of [{ tenant: 'b' }, { tenant: 'ak', idempotencyKey: '' }, { idempotencyKey: 'l' }]) {
    expect((await findCallName(keys, { ...call, ...part }, unknown)).keyHash).not.toBe(name.keyHash);
  }
});

test('the order of a body’s fields does not count, at any depth; that of a list does', async () => {
  const keys = ring('k1', 1);
  const of = async (body: object) => (await findCallName(keys, { ...call, body }, unknown)).canonicalHash;
  const hash = await of({ to: '+49', workflow: [{ channel: 'sms', to: 'a' }, 'voice'] });
  expect(await of({ workflow: [{ to: 'a', channel: 'sms' }, 'voice'], to: '+49' })).toBe(hash);
  expect(await of({ to: '+49', workflow: ['voice', { channel: 'sms', to: 'a' }] })).not.toBe(hash);
});

test('the hash that former versions compare stays that of the body as it was written', async () => {
  const keys = ring('k1', 1);
  const body = { to: '+49', code_length: 6 };
  const { callHash } = await findCallName(keys, { ...call, body }, unknown);
  const text = '["POST","/v1",{"to":"+49","code_length":6}]';
  expect(callHash).toBe(keyedHash(keys, 'idempotent-call', [text]).value);
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
