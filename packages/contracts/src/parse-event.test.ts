import { expect, it } from 'vitest';
import { CHECK_TOPIC } from './topics.ts';
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

it('names the field that does not fit and not its value', () => {
  const parse = (): unknown => parseEvent(CHECK_TOPIC, bytes({ ...check, checks_used: 'secret-123456' }));
  expect(parse).toThrowError(/\/checks_used/);
  expect(parse).not.toThrowError(/123456/);
});

it('refuses what is not JSON', () => {
  expect(() => parseEvent(CHECK_TOPIC, Buffer.from('{'))).toThrowError('not JSON');
});
