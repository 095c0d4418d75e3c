import { createVerificationId, BaseError } from '@watchword/contracts';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Secret } from '../config/secret.ts';
import { createLogger } from './create-logger.ts';
import { maskText } from './mask-text.ts';

function capture() {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createLogger({ level: 'debug', service: 'ingest', instance: 'ingest-1', destination });
  const records = () => lines.map((line) => JSON.parse(line) as Record<string, never>);
  const err = () => (JSON.parse(lines[0] ?? '{}') as { err: object }).err;
  return { log, text: () => lines.join(''), records, err };
}

const digit = fc.integer({ min: 0, max: 9 }).map(String);
const digits = (least: number, most: number) =>
  fc.array(digit, { minLength: least, maxLength: most }).map((parts) => parts.join(''));
const number = fc.tuple(fc.integer({ min: 1, max: 9 }), digits(7, 14)).map(([first, rest]) => `+${first}${rest}`);
const code = digits(4, 10);
const email = fc.emailAddress();
/** Words around an address, as they stand in messages. */
const words = fc.constantFrom(
  '',
  ' ',
  'sent to ',
  'to=',
  ': ',
  '(',
  '"',
  "'",
  '<',
  '\n',
  'x\t',
  'tel:',
  'to ',
  ', ',
  ' failed',
);

describe('no address and no code goes out', () => {
  test('a number in the message, in any value at any depth, in bindings and errors', () => {
    fc.assert(
      fc.property(number, words, words, (address, before, after) => {
        const { log, text } = capture();
        const sentence = `${before}${address}${after}`;
        log.info({ a: { b: [sentence] }, [sentence]: 1 }, sentence);
        log.child({ who: sentence }).warn('%s and %j', sentence, { x: sentence });
        log.error(new Error(sentence, { cause: new Error(sentence) }));
        log.error({
          err: new BaseError('OTP_STATE_UNAVAILABLE', sentence, { retry: true, context: { at: sentence } }),
        });
        for (const shown of [address, address.slice(1)]) expect(text()).not.toContain(shown);
      }),
    );
  });

  test('a number as people and URLs write it', () => {
    for (const form of [
      '+49 151 2345678',
      '+49 (0)151-234-5678',
      '%2B491512345678',
      '00491512345678',
      '+49.151.2345678',
    ]) {
      expect(maskText(`to ${form}!`)).not.toMatch(/234|5678/);
    }
  });

  test('a mail address in message, values, bindings and errors', () => {
    fc.assert(
      fc.property(email, fc.constantFrom('', ' ', 'mail to ', '<', 'to='), (address, before) => {
        const { log, text } = capture();
        const sentence = `${before}${address}`;
        log.child({ who: sentence }).info({ a: [{ b: sentence }] }, sentence);
        log.error(new Error(sentence));
        expect(text()).not.toContain(address);
        expect(text()).not.toContain(JSON.stringify(address).slice(1, -1));
      }),
    );
  });

  test('whatever stands in a field of a telling name, text or number', () => {
    const name = fc.constantFrom(
      'code',
      'otp',
      'to',
      'text',
      'Authorization',
      'api_key',
      'apiKey',
      'private-key',
      'pepper',
      'body',
    );
    fc.assert(
      fc.property(name, fc.oneof(code, number, email), (field, value) => {
        const { log, records } = capture();
        log.info({ [field]: value, deep: { list: [{ [field]: Number(value) || value }] } }, 'x');
        const { time: _time, ...record } = records()[0]!;
        const shown = JSON.stringify(record);
        expect(shown).not.toContain(JSON.stringify(value).slice(1, -1));
        // A leading zero is lost in a number: what is left may be short enough to stand there by chance.
        expect(/^[1-9]/.test(value) && shown.includes(String(Number(value)))).toBe(false);
      }),
    );
  });

  test('a code that a sentence calls one', () => {
    expect(maskText('your code is 123456')).toBe('your code is ******');
    expect(maskText('otp=0042')).toBe('otp=******');
  });

  test('a secret, even if its holder is logged whole', () => {
    const { log, text } = capture();
    log.info({ provider: { key: new Secret('hunter2', '${env:X}') } }, 'x');
    expect(text()).toContain('[secret]');
    expect(text()).not.toContain('hunter2');
  });

  test('what a vendor’s error drags along', () => {
    const { log, err } = capture();
    const response = { data: 'Hello Anna', config: { headers: { Authorization: 'Basic abc' } } };
    log.error({ err: Object.assign(new Error('refused'), { code: 'ECONNREFUSED', response }) }, 'x');
    expect(Object.keys(err())).toEqual(['type', 'code', 'message', 'stack']);
  });
});

describe('what one reads a log for stays readable', () => {
  test('verification and attempt ids, in fields and sentences', () => {
    const random = fc.uint8Array({ minLength: 26, maxLength: 26 });
    fc.assert(
      fc.property(random, fc.integer({ min: 0, max: 255 }), (bytes, bucket) => {
        const id = createVerificationId({ region: 'a', bucket }, bytes);
        const { log, records } = capture();
        log.info({ verification_id: id, list: [`${id}.12`] }, `claimed ${id}.3, job ${id}-1-2`);
        expect(records()[0]).toMatchObject({
          verification_id: id,
          list: [`${id}.12`],
          msg: `claimed ${id}.3, job ${id}-1-2`,
        });
      }),
    );
  });

  test('error codes, offsets, times, UUIDs, paths of packages', () => {
    const { log, records } = capture();
    const fields = {
      code: 'OTP_BUS_FULL',
      offset: '123456789012',
      at: '2026-11-23T04:41:00.123Z',
      request_id: '12345678-1234-1234-1234-123456789012',
      where: 'file:///srv/node_modules/@watchword/runtime/src/index.ts:10:33',
      to: 'approved',
      took_ms: 1234567890123,
    };
    log.info(fields, 'done');
    expect(records()[0]).toMatchObject({
      ...fields,
      service: 'ingest',
      instance: 'ingest-1',
      level: 'info',
      msg: 'done',
    });
  });

  test('enough of an address to recognise it', () => {
    expect(maskText('sent to +491512345612')).toBe('sent to +49*******12');
    expect(maskText('anna@example.com')).toBe('a***@example.com');
  });

  test('an error’s code, message and stack, and its causes’', () => {
    const { log, records } = capture();
    const cause = Object.assign(new Error('connection lost'), { code: 'ECONNRESET' });
    log.error({
      err: new BaseError('OTP_STATE_UNAVAILABLE', 'no answer', { retry: true, cause, context: { bucket: 7 } }),
    });
    const err = records()[0]!['err'];
    expect(err).toMatchObject({
      type: 'BaseError',
      code: 'OTP_STATE_UNAVAILABLE',
      message: 'no answer',
      retry: true,
      context: { bucket: 7 },
      cause: { code: 'ECONNRESET', message: 'connection lost' },
    });
  });
});

test('a line of any length is masked in time that grows with it, not with its square', () => {
  const begun = performance.now();
  maskText('a'.repeat(16_000));
  maskText('1-'.repeat(8000));
  maskText(`${'a.'.repeat(8000)}@`);
  expect(performance.now() - begun).toBeLessThan(2000);
});
