import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normaliseRecipient } from './normalise-recipient.ts';
import { numberPrefix } from './phone-number.ts';

const sms = (text: string, allowedCountries?: string[]) =>
  normaliseRecipient('sms', text, allowedCountries ? { allowedCountries } : {});
const refused = (reason: string): unknown => expect.objectContaining({ outcome: 'refused', reason });

describe('phone numbers', () => {
  it.each([
    '+491701234567',
    ' +49 170 1234567 ',
    '+49 (0)170 1234567',
    '+49 (0) 170/123-45-67',
    '+49.170.123.4567',
    '0049 170 1234567',
    '＋49 170 1234567',
    '+٤٩١٧٠١٢٣٤٥٦٧',
    '+49\u00a0170\u20111234567',
  ])('have one spelling: %s', (text) => {
    const value = '+491701234567';
    expect(sms(text)).toEqual({ outcome: 'ok', channel: 'sms', value, key: value, country: 'DE', kind: 'mobile' });
  });

  it.each([
    ['+12025550123', 'US', 'fixed_line_or_mobile'],
    ['+1 441 370 1234', 'BM', 'mobile'],
    ['+38344123456', 'XK', 'mobile'],
    ['+445612345678', 'GB', 'voip'],
    ['+5511912345678', 'BR', 'mobile'],
  ])('know country and kind: %s', (text, country, kind) => {
    expect(sms(text)).toMatchObject({ outcome: 'ok', country, kind });
  });

  it.each([
    ['', 'nothing'],
    ['0170 1234567', 'no country code'],
    ['491701234567', 'no plus'],
    ['+491701234567 ext 5', 'an extension'],
    ['+491701234567;ext=5', 'an extension'],
    ['tel:+491701234567', 'a URI'],
    ['call +491701234567', 'words'],
    ['+49170123456789012', 'too many digits'],
    ['+4917', 'too few'],
    ['+9991234567', 'no such country'],
    ['++491701234567', 'two pluses'],
    ['+491701234567\n+491701234568', 'two numbers'],
    [`+49170123${' '.repeat(40)}4567`, 'too long'],
    ['+49170\u0000', 'control characters'],
  ])('are refused when %j: %s', (text) => {
    expect(sms(text)).toEqual(refused('invalid_number'));
  });

  it.each([
    ['+19005550123', 'premium_number'],
    ['+33899123456', 'premium_number'],
    ['+447012345678', 'premium_number'],
    ['+9721700123456', 'shared_cost'],
    ['+18005550123', 'special_number'],
    ['+443451234567', 'special_number'],
    ['+447600123456', 'special_number'],
    ['+41860123456789', 'special_number'],
    ['+80012345678', 'special_number'],
    ['+883510001234567', 'special_number'],
  ])('that cost or reach nobody are refused, for SMS and voice: %s %s', (text, reason) => {
    expect(sms(text)).toEqual(refused(reason));
    expect(normaliseRecipient('voice', text)).toEqual(refused(reason));
  });

  it('of a certain fixed line take calls, but no SMS', () => {
    expect(sms('+4930901820')).toEqual(refused('fixed_line'));
    expect(normaliseRecipient('voice', '+4930901820')).toMatchObject({ outcome: 'ok', kind: 'fixed_line' });
  });

  it('are held to the allowed countries', () => {
    expect(sms('+491701234567', ['DE', 'FR'])).toMatchObject({ outcome: 'ok' });
    expect(sms('+447400123456', ['DE', 'FR'])).toEqual(refused('country_not_allowed'));
    expect(sms('+491701234567', [])).toEqual(refused('country_not_allowed'));
  });

  it('never make it throw, and what passes passes again unchanged', () => {
    const digits = fc.stringMatching(/^(\+|00)[1-9][0-9]{6,14}$/);
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), digits), (text) => {
        const once = sms(text);
        expect(once.outcome === 'ok' ? sms(once.value) : once).toEqual(once);
      }),
      { numRuns: 1000 },
    );
  });

  it('are not repeated in the reason', () => {
    for (const text of ['0170 1234567', '+491701234567 ext 5', '+4917', '+19005550123', '+4930901820']) {
      expect(JSON.stringify(sms(text))).not.toContain(text.replace(/^[+0]+/, ''));
    }
  });

  it('have a prefix: all but the last four digits', () => {
    expect(numberPrefix('+491701234567')).toBe('+49170123');
  });
});

describe('e-mail addresses', () => {
  const email = (text: string) => normaliseRecipient('email', text);

  it.each([
    ['ann@example.com', 'ann@example.com', 'ann@example.com'],
    ['  Ann.Lee@Example.COM\n', 'Ann.Lee@example.com', 'ann.lee@example.com'],
    ["o'neil+otp@mail.example.co.uk", "o'neil+otp@mail.example.co.uk", "o'neil+otp@mail.example.co.uk"],
    ['ann@Bücher.example', 'ann@xn--bcher-kva.example', 'ann@xn--bcher-kva.example'],
    ['ann@例え。テスト', 'ann@xn--r8jz45g.xn--zckzah', 'ann@xn--r8jz45g.xn--zckzah'],
  ])('are sent to as typed and counted without case: %j', (text, value, key) => {
    expect(email(text)).toEqual({ outcome: 'ok', channel: 'email', value, key, country: '', kind: 'mailbox' });
  });

  it.each([
    '',
    'ann',
    '@example.com',
    'ann@',
    'ann@localhost',
    'ann@example.com.',
    'ann@-example.com',
    'ann@ex_ample.com',
    'ann@127.0.0.1',
    'ann@[127.0.0.1]',
    'ann@0x7f.1',
    'ann@example.com/x',
    'ann@exa%6dple.com',
    'ann@exa\u200bmple.com',
    'Ann <ann@example.com>',
    'ann@example.com, bob@example.com',
    'ann@bob@example.com',
    '"ann lee"@example.com',
    'ann..lee@example.com',
    '.ann@example.com',
    'änn@example.com',
    'ann@example.com\r\nBcc: bob@example.com',
    'ann\r\nBcc:bob@example.com',
    'ann\u0000@example.com',
    `${'a'.repeat(65)}@example.com`,
    `ann@${'a'.repeat(64)}.com`,
    `ann@${`${'a'.repeat(60)}.`.repeat(4)}example.com`,
    `ann@${'a.'.repeat(5000)}com`,
  ])('are refused when no relay would take them, or more than one: %j', (text) => {
    expect(email(text)).toEqual(refused('invalid_email'));
  });

  it('that pass are one line of printable ASCII with one @, and pass again unchanged', () => {
    const text = fc.oneof(
      fc.emailAddress(),
      fc.string({ unit: 'binary' }).map((name) => `${name}@example.com`),
    );
    fc.assert(
      fc.property(text, (typed) => {
        const once = email(typed);
        if (once.outcome !== 'ok') return;
        expect(once.value).toMatch(/^[!-?A-~]+@[a-z0-9.-]+$/);
        expect(email(once.value)).toEqual(once);
        expect(email(once.key)).toMatchObject({ outcome: 'ok', value: once.key });
      }),
    );
  });
});
