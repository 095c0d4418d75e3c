import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type CarrierSimConfig, prepareProviders } from './config.ts';
import { parseOptions, USAGE } from './options.ts';

const BASE: CarrierSimConfig = { host: '127.0.0.1', port: 0, smtpPort: 0, seed: 1, providers: [], accounts: [] };
const PEM = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ type: 'spki', format: 'pem' });
const names = (config: Partial<CarrierSimConfig>): string[] =>
  prepareProviders({ ...BASE, ...config }).map((setup) => setup.config.name);
const prepare = (config: unknown) => (): unknown => prepareProviders({ ...BASE, ...(config as object) });

describe('the configuration', () => {
  it('is completed by the providers of mail accounts', () => {
    expect(names({})).toEqual(['smtp']);
    expect(
      names({
        accounts: [
          { user: 'a', pass: 'x' },
          { user: 'b', pass: 'x', provider: 'c' },
        ],
      }),
    ).toEqual(['a', 'c']);
    expect(names({ providers: [{ name: 'a', protocol: 'smtp' }], accounts: [{ user: 'a', pass: 'x' }] })).toEqual([
      'a',
    ]);
  });

  it('takes the key of an application, and behaviour in part', () => {
    const [alpha] = prepareProviders({
      ...BASE,
      providers: [
        {
          name: 'alpha',
          protocol: 'vonage',
          apiKey: 'k',
          applicationId: 'app',
          publicKey: String(PEM),
          behaviour: { latency: { median_ms: 5 } },
        },
      ],
    });
    expect(alpha?.behaviour.latency.median_ms).toBe(5);
  });

  it.each([
    [{ providers: [{ name: 'a b', protocol: 'vonage', apiKey: 'k', apiSecret: 's' }] }, '/providers/0/name'],
    [{ providers: [{ name: 'a', protocol: 'vonage', apiSecret: 's' }] }, '/providers/0/apiKey is required'],
    [{ providers: [{ name: 'a', protocol: 'vonage', apiKey: 'k' }] }, 'nobody could log in'],
    [
      { providers: [{ name: 'a', protocol: 'vonage', apiKey: 'k', apiSecret: 's', applicationId: 'x' }] },
      'come together',
    ],
    [
      { providers: [{ name: 'a', protocol: 'vonage', apiKey: 'k', applicationId: 'x', publicKey: 'no' }] },
      '/providers/0/publicKey must be a PEM key',
    ],
    [{ providers: [{ name: 'a', protocol: 'smtp', apiKey: 'k' }] }, '/providers/0/apiKey is not known here'],
    [
      { providers: [{ name: 'a', protocol: 'smtp', behaviour: { errors: { hang: 2 } } }] },
      '/providers/0/behaviour/errors/hang',
    ],
    [
      {
        providers: [
          { name: 'a', protocol: 'smtp' },
          { name: 'a', protocol: 'smtp' },
        ],
      },
      '/providers/1/name is taken',
    ],
    [
      {
        providers: [{ name: 'a', protocol: 'vonage', apiKey: 'k', apiSecret: 's' }],
        accounts: [{ user: 'a', pass: 'p' }],
      },
      '/accounts/0/provider names a provider that does not speak SMTP',
    ],
    [{ port: 70_000 }, '/port must be <= 65535'],
    [{ colour: 'red' }, '/colour is not known here'],
  ])('%j is refused', (config, message) => {
    expect(prepare(config)).toThrow(message);
  });
});

describe('the options', () => {
  it('come from the command line, then from the environment', () => {
    const env = { CARRIER_SIM_PORT: '1', CARRIER_SIM_SEED: '7' };
    expect(parseOptions(['--port', '2'], env)).toMatchObject({ port: 2, seed: 7, smtpPort: 4025, host: '127.0.0.1' });
    expect(parseOptions(['--help'], {})).toBeUndefined();
    expect(USAGE).toContain('--smtp-port');
  });

  it('give an account to try with when no file is named', () => {
    expect(prepareProviders(parseOptions([], {})!).map((setup) => setup.config.name)).toEqual(['demo', 'smtp']);
  });

  it('that make no sense are refused', () => {
    expect(() => parseOptions(['--port', 'x'], {})).toThrow('port must be an integer');
    expect(() => parseOptions(['--config', '/does/not/exist'], {})).toThrow('cannot be read');
    expect(() => parseOptions(['--colour'], {})).toThrow('colour');
  });
});
