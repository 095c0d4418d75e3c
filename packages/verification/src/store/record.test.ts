import { expect, test } from 'vitest';
import { parseRecord } from './record.ts';

const ID = `vf_1a00${'a'.repeat(26)}`;
const record = (schema: string, ...more: string[]): string[] => ['sc', schema, 'st', 'pending', 've', '3', ...more];

test('fields of a newer version are read over', () => {
  expect(parseRecord(ID, record('1', 'zz', 'new'))).toMatchObject({ id: ID, status: 'pending', version: 3 });
});

test('a record of the next schema is a fault that says to try again, for the roll-out ends', () => {
  expect(() => parseRecord(ID, record('2'))).toThrow(
    expect.objectContaining({ code: 'OTP_STATE_SCHEMA', retry: true, message: expect.stringContaining('schema 2') }),
  );
});

test.each(['0', '', 'x'])('one of schema %o that no version in use writes says that no try will help', (schema) => {
  expect(() => parseRecord(ID, record(schema))).toThrow(
    expect.objectContaining({ code: 'OTP_STATE_SCHEMA', retry: false }),
  );
});
