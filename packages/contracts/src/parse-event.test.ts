import { expect, it } from 'vitest';
import { CHECK_TOPIC, RECEIPT_TOPIC } from './topics.ts';
import { parseEvent } from './parse-event.ts';

const check = {
  verification_id: `vf_1a00${'a'.repeat(26)}`,
  version: 3,
  tenant: 'acme',
  purpose: 'login',
  valid: false,
  checks_used: 1,
  checks_max: 5,
  checked_at: 1,
};
const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

it('accepts fields of a newer version', () => {
  expect(parseEvent(CHECK_TOPIC, bytes({ ...check, newer: true }))).toMatchObject(check);
});

const receipt = {
  verification_id: check.verification_id,
  attempt_id: `${check.verification_id}.1`,
  provider: 'north',
  channel: 'sms',
  status: 'undelivered',
  raw_status: 'UNDELIV',
  received_at: 1,
};

it('reads a word of a newer version in an optional field as left out, and keeps every word that it knows', () => {
  const read = parseEvent(RECEIPT_TOPIC, bytes({ ...receipt, error: 'number_ported_twice', next_hop: 'x' }));
  expect(read).toEqual({ ...receipt, next_hop: 'x' });
  expect(parseEvent(RECEIPT_TOPIC, bytes({ ...receipt, error: 'blocked' }))).toEqual({ ...receipt, error: 'blocked' });
});

it('refuses a new word where the field is needed, and an optional field of another type', () => {
  expect(() => parseEvent(RECEIPT_TOPIC, bytes({ ...receipt, status: 'teleported' }))).toThrowError(/\/status/);
  expect(() => parseEvent(RECEIPT_TOPIC, bytes({ ...receipt, error: 7 }))).toThrowError(/\/error/);
});

it('names the field that does not fit and not its value', () => {
  const parse = (): unknown => parseEvent(CHECK_TOPIC, bytes({ ...check, checks_used: 'secret-123456' }));
  expect(parse).toThrowError(/\/checks_used/);
  expect(parse).not.toThrowError(/123456/);
});

it('refuses what is not JSON', () => {
  expect(() => parseEvent(CHECK_TOPIC, Buffer.from('{'))).toThrowError('not JSON');
});
