import { describe, expect, it } from 'vitest';
import { parseSmsRequest } from './message-request.ts';
import { countSmsParts } from './sms-parts.ts';
import { networkOf } from './mobile-network.ts';

const GOOD = { channel: 'sms', message_type: 'text', to: '4915112345678', from: 'Acme', text: 'Hi' };

function refusal(change: object): { type: string; names: string[] } {
  const parsed = parseSmsRequest({ ...GOOD, ...change });
  if (parsed.outcome !== 'invalid') throw new Error('was taken');
  const { type, invalidParameters } = parsed.problem;
  return { type, names: (invalidParameters ?? []).map(({ name }) => name) };
}

describe('a request to send an SMS', () => {
  it('is taken as the SDK sends it, with everything optional', () => {
    const full = {
      ...GOOD,
      client_ref: 'vf_1.1',
      webhook_url: 'https://example.com/x',
      webhook_version: 'v0.1',
      ttl: 600,
      sms: { entity_id: '1', content_id: '2', encoding_type: 'auto', pool_id: 'x' },
      trusted_recipient: true,
    };
    expect(parseSmsRequest(full)).toEqual({ outcome: 'valid', sms: full });
  });

  it.each([
    [{ to: '+4915112345678' }, '/messages#1170', ['to']],
    [{ to: '12' }, '/messages#1170', ['to']],
    [{ to: 49 }, '/messages#1150', ['to']],
    [{ text: undefined }, '/messages#1150', ['text']],
    [{ text: 'x'.repeat(1001) }, '/messages#1150', ['text']],
    [{ from: 'A name too long' }, '/messages#1120', []],
    [{ client_ref: 'x'.repeat(101) }, '/messages#1060', ['client_ref']],
    [{ ttl: 5 }, '/messages#1130', ['ttl']],
    [{ ttl: 25.5 }, '/messages#1130', ['ttl']],
    [{ webhook_url: 'ftp://x' }, '/messages#1150', ['webhook_url']],
    [{ webhook_version: 'v2' }, '/messages#1150', ['webhook_version']],
    [{ sms: { entity_id: 7 } }, '/messages#1150', ['sms.entity_id']],
    [{ channel: 'pigeon' }, '/messages#1100', []],
    [{ channel: 'whatsapp' }, '/messages#1100', []],
    [{ message_type: 'image' }, '/messages#1140', []],
  ])('with %j is refused as %s', (change, type, names) => {
    expect(refusal(change)).toEqual({ type, names });
  });

  it.each([[null], [[]], ['text'], [undefined]])('that is %j is no JSON object', (body) => {
    expect(parseSmsRequest(body)).toMatchObject({ outcome: 'invalid', problem: { type: '#invalid-json' } });
  });
});

describe('a text', () => {
  it.each([
    ['a'.repeat(160), 1],
    ['a'.repeat(161), 2],
    ['a'.repeat(307), 3],
    ['€'.repeat(80), 1],
    ['€'.repeat(81), 2],
    ['я'.repeat(70), 1],
    ['я'.repeat(71), 2],
    ['😀'.repeat(35), 1],
  ])('takes as many SMS as the alphabet allows', (text, parts) => {
    expect(countSmsParts(text)).toBe(parts);
  });
});

describe('the mobile network of a number', () => {
  it('is always the same, and one of its country', () => {
    expect(networkOf('4915112345678')).toBe(networkOf('4915112345678'));
    expect(networkOf('4915112345678')).toMatch(/^262/);
    expect(networkOf('2348012345678')).toMatch(/^621/);
    expect(networkOf('8801712345678')).toBeUndefined();
  });

  it('spreads over the networks of the country', () => {
    const networks = new Set(Array.from({ length: 50 }, (_, k) => networkOf(`49151${k}`)));
    expect(networks.size).toBe(3);
  });
});
