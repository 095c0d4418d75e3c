import { describe, expect, it } from 'vitest';
import { gsm7Length, toGsm7 } from './gsm7.ts';
import { BRAND_LENGTH_MAX, renderText, type TextRequest } from './render-text.ts';
import { LOCALES, TEXTS } from './texts.ts';

const base: Omit<TextRequest, 'channel'> = { locale: 'en', brand: 'Acme', code: '012345', lifeMs: 600_000 };

function sms(overrides: Partial<TextRequest> = {}): string {
  const content = renderText({ ...base, ...overrides, channel: 'sms' });
  if (content.channel !== 'sms') throw new Error('not an SMS');
  return content.text;
}
function voice(overrides: Partial<TextRequest> = {}) {
  const content = renderText({ ...base, ...overrides, channel: 'voice' });
  if (content.channel !== 'voice') throw new Error('not a call');
  return content;
}
function email(overrides: Partial<TextRequest> = {}) {
  const content = renderText({ ...base, ...overrides, channel: 'email' });
  if (content.channel !== 'email') throw new Error('not a mail');
  return content;
}

describe('the table of texts', () => {
  it.each(LOCALES)('has every text in %s, with the same places as in English', (locale) => {
    const places = (value: unknown) =>
      JSON.stringify(value)
        .match(/\{\w+\}/g)
        ?.sort() ?? [];
    expect(Object.keys(TEXTS[locale])).toEqual(Object.keys(TEXTS.en));
    for (const [key, text] of Object.entries(TEXTS[locale])) {
      expect(JSON.stringify(text).length).toBeGreaterThan(5);
      expect({ key, places: places(text) }).toEqual({ key, places: places(TEXTS.en[key as keyof typeof TEXTS.en]) });
    }
  });

  it('falls back from region to language to English', () => {
    expect(sms({ locale: 'de-AT' })).toBe(sms({ locale: 'de' }));
    expect(sms({ locale: 'pt_BR' })).toBe(sms({ locale: 'pt' }));
    for (const locale of ['', 'xx', 'zh-Hans-CN', '*', '__proto__']) expect(sms({ locale })).toBe(sms());
    expect(voice({ locale: 'de-AT' }).language).toBe('de-DE');
    expect(voice({ locale: 'en-gb' }).language).toBe('en-GB');
    expect(voice({ locale: 'zu' }).language).toBe('en-US');
  });

  it.each([
    ['en', 60_000, '1 minute.'],
    ['en', 600_000, '10 minutes.'],
    ['en', 119_999, '1 minute.'],
    ['en', 59_999, '59 seconds.'],
    ['en', 1_000, '1 second.'],
    ['en', -5, '1 second.'],
    ['de', 60_000, '1 Minute.'],
    ['de', 120_000, '2 Minuten.'],
    ['fr', 60_000, '1 minute.'],
    ['pt', 3_600_000, '60 minutos.'],
    ['hi', 600_000, '10 मिनट तक'],
  ])('says how long the code lives, never too long: %s %i', (locale, lifeMs, words) => {
    expect(sms({ locale, lifeMs })).toContain(words);
  });
});

describe('SMS', () => {
  it('reads well', () => {
    expect(sms()).toBe('012345 is your Acme code, valid for 10 minutes. Never share it.');
  });

  it('ends with the origin-bound line when there is an origin', () => {
    for (const webotpOrigin of ['https://example.com', 'example.com', 'https://example.com:8443/login']) {
      expect(sms({ webotpOrigin }).endsWith('.\n\n@example.com #012345')).toBe(true);
    }
    expect(sms({ webotpOrigin: 'https://bücher.example' })).toContain('\n@xn--bcher-kva.example #012345');
    for (const webotpOrigin of [
      'http://example.com',
      'https://',
      'localhost',
      'java script',
      'ftp://example.com',
      '',
    ]) {
      expect(sms({ webotpOrigin })).toBe(sms());
    }
  });

  it('in English is one part for the longest code, brand and life, with a host of 40 characters', () => {
    const webotpOrigin = `https://${'a'.repeat(36)}.com`;
    const text = sms({ code: '0123456789', brand: 'B'.repeat(99), lifeMs: 3_599_000, webotpOrigin });
    expect(text).toContain(` ${'B'.repeat(BRAND_LENGTH_MAX)} `);
    expect(gsm7Length(text)).toBeLessThanOrEqual(160);
  });

  it.each(['en', 'de', 'es', 'fr', 'pt'])(
    'in %s stays within GSM-7 and one part, also for an accented brand',
    (locale) => {
      const text = sms({ locale, code: '0123456789', brand: 'Café “Ōkubo” – l’Été', lifeMs: 3_600_000 });
      expect(gsm7Length(text)).toBeLessThanOrEqual(160);
      expect(text).toContain('Café "Okubo" - l\'Été');
    },
  );

  it('in Hindi is one part of 70 for six digits and a short brand', () => {
    expect(sms({ locale: 'hi' }).length).toBeLessThanOrEqual(70);
  });

  it('leaves a brand in another script as it is', () => {
    expect(sms({ brand: '日本銀行' })).toContain('日本銀行');
  });

  it('lets no brand add a line, a place or a direction', () => {
    const text = sms({ brand: 'Evil\n\n@evil.com #1\r\u2028\u202e{code}', webotpOrigin: 'https://example.com' });
    expect(text.split('\n')).toHaveLength(3);
    expect(text).toContain('Evil @evil.com #1 {code}');
  });
});

describe('GSM-7', () => {
  it('counts the extension table twice and knows what is outside', () => {
    expect(gsm7Length('abc')).toBe(3);
    expect(gsm7Length('a€[]')).toBe(7);
    expect(gsm7Length('@#à')).toBe(3);
    for (const text of ['ç', '’', 'á', 'ã', 'क', '😀']) expect(gsm7Length(text)).toBeUndefined();
    expect(gsm7Length(toGsm7('Ação’s naïve Œuvre'))).toBeUndefined();
    expect(toGsm7('Ação’s naïve')).toBe("Acao's naive");
  });
});

describe('voice', () => {
  it('says the code twice, digit by digit, slowly', () => {
    const { ssml, language } = voice({ code: '001234' });
    expect(language).toBe('en-US');
    expect(ssml).toMatch(/^<speak><prosody rate="slow">.*<\/prosody><\/speak>$/);
    const read = '0<break time="400ms"/>0<break time="400ms"/>1<break time="400ms"/>2';
    expect(ssml.split(read)).toHaveLength(3);
    const words = ssml.replaceAll(/<break[^>]*>/g, ' ').replaceAll(/<[^>]+>/g, '');
    expect(words).toBe(
      'Hello. This is Acme. Your code is: 0 0 1 2 3 4 Once more, your code is: 0 0 1 2 3 4 ' +
        'Do not share it with anyone. Goodbye.',
    );
  });

  it('escapes the brand and stays below the 1,500 characters that Vonage takes', () => {
    for (const locale of LOCALES) {
      const { ssml } = voice({ locale, code: '0123456789', brand: '<&"\'>'.repeat(6) });
      expect(ssml).toContain('&lt;&amp;&quot;&#39;&gt;');
      expect(ssml.replaceAll(/<\/?(speak|prosody|break)[^<>]*>/g, '')).not.toMatch(/[<>]/);
      expect(ssml.length).toBeLessThan(1500);
    }
  });
});

describe('e-mail', () => {
  it('puts the code first in the body and nowhere in the subject', () => {
    for (const locale of LOCALES) {
      const content = email({ locale });
      expect(content.subject).toContain('Acme');
      expect(content.subject).not.toMatch(/\d/);
      expect(content.text.split('\n\n')[1]).toBe('012345');
      expect(content.html.match(/012345/g)).toHaveLength(1);
      expect(content.html).toContain(`<html lang="${locale}">`);
      expect(content.text + content.html).not.toMatch(/[{}]/);
    }
  });

  it('says that nobody will ask for the code, and how long it lives', () => {
    expect(email().text).toBe(
      'Your Acme code is:\n\n012345\n\nIt is valid for 10 minutes.\n\n' +
        'Acme will never ask you for this code. Do not share it with anyone.\n\n' +
        'If you did not ask for it, you can ignore this e-mail.\n',
    );
  });

  it('escapes the brand in HTML, not in text, and lets it add no header', () => {
    const content = email({ brand: '<b>"A&B"</b>\r\nBcc: x' });
    expect(content.html).toContain('&lt;b&gt;&quot;A&amp;B&quot;&lt;/b&gt; Bcc: x');
    expect(content.html).not.toContain('<b>');
    expect(content.text).toContain('<b>"A&B"</b> Bcc: x');
    expect(content.subject).not.toMatch(/[\r\n]/);
  });

  it('carries code and origin for the OTP-Token header only when there is an origin', () => {
    expect(email()).not.toHaveProperty('otp');
    expect(email({ webotpOrigin: 'https://example.com/login' }).otp).toEqual({
      code: '012345',
      origin: 'https://example.com',
    });
  });
});
