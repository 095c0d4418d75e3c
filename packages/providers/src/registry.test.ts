import { generateKeyPairSync } from 'node:crypto';
import { BaseError, CHANNELS } from '@watchword/contracts';
import { describe, expect, it } from 'vitest';
import { ADAPTERS, createReceiver, createSubmitter, type ProviderSettings } from './registry.ts';

const pem = (kind: 'rsa' | 'ec') =>
  (kind === 'rsa'
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  ).privateKey
    .export({ type: 'pkcs8', format: 'pem' })
    .toString();
const RSA = pem('rsa');
const SECRET = 'a signature secret of length';
const account = { name: 'acme', apiKey: 'abcd1234', signatureSecret: SECRET };
const sms = { ...account, type: 'vonage-messages', apiSecret: 'the api secret', from: 'Watchword' } as const;
const voice = { ...account, type: 'vonage-voice', applicationId: 'app-1', privateKey: RSA, from: '+15550100' } as const;
const smtp = { type: 'smtp', name: 'acme', host: '127.0.0.1', port: 1, from: 'codes@watchword.test' } as const;
const QUIET = { debug: undefined };

function faultOf(work: () => unknown): BaseError {
  try {
    work();
  } catch (error) {
    if (error instanceof BaseError) return error;
  }
  throw new Error('expected a BaseError');
}

describe('every adapter', () => {
  it.each<ProviderSettings>([sms, voice, smtp])('of $type makes a submitter of its channel', async (settings) => {
    const submitter = createSubmitter(settings, QUIET);
    expect(submitter).toMatchObject({ name: 'acme', type: settings.type, channel: ADAPTERS[settings.type].channel });
    await submitter.close();
  });

  it('is there for every channel', () => {
    expect(new Set(Object.values(ADAPTERS).map(({ channel }) => channel))).toEqual(new Set(CHANNELS));
  });

  it('receives where its vendor sends webhooks', () => {
    expect(createReceiver(sms)).toBeDefined();
    expect(createReceiver(voice)).toBeDefined();
    expect(createReceiver(smtp)).toBeUndefined();
  });
});

describe('settings that cannot work are refused at creation', () => {
  const { apiSecret: _, ...withoutSecret } = sms;
  it.each<[string, ProviderSettings]>([
    ['SMS without credentials', withoutSecret],
    ['SMS with an empty secret', { ...sms, apiSecret: '' }],
    ['SMS without a sender', { ...sms, from: '' }],
    ['an API host that is no address', { ...sms, apiHost: 'api.nexmo.com' }],
    ['a path in place of a key', { ...voice, privateKey: '/run/secrets/vonage.pem' }],
    ['half a key', { ...voice, privateKey: RSA.slice(0, 200) }],
    ['a key of another kind', { ...voice, privateKey: pem('ec') }],
    ['voice without an application', { ...account, type: 'vonage-voice', from: '+15550100' }],
    ['voice from a name', { ...voice, from: 'Watchword' }],
    ['voice without a secret to sign its callbacks', { ...voice, signatureSecret: '' }],
    ['mail from no address', { ...smtp, from: 'Watchword' }],
    ['mail without a host', { ...smtp, host: '' }],
    ['a mail user without a password', { ...smtp, username: 'ada' }],
  ])('%s', (_name, settings) => {
    const fault = faultOf(() => createSubmitter(settings, QUIET));
    expect(fault).toMatchObject({ code: 'OTP_PROVIDER_MISCONFIGURED', retry: false, context: { provider: 'acme' } });
    expect(fault.message).not.toMatch(/BEGIN|the api secret|signature secret of|run\/secrets/);
  });

  it.each<ProviderSettings>([sms, voice])('webhooks of $type without a secret, or with one to guess', (settings) => {
    const { signatureSecret: _, ...without } = settings as typeof sms;
    expect(faultOf(() => createReceiver(without)).code).toBe('OTP_PROVIDER_MISCONFIGURED');
    const fault = faultOf(() => createReceiver({ ...settings, signatureSecret: 'hunter2' } as ProviderSettings));
    expect(fault.message).not.toContain('hunter2');
  });

  it.each<ProviderSettings>([sms, voice])('a DEBUG that would log what $type sends', (settings) => {
    expect(faultOf(() => createSubmitter(settings, { debug: 'vonage:*' })).message).toContain('DEBUG');
  });
});
