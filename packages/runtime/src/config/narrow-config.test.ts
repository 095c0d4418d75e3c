import { SUBMIT_MAX_MS } from '@watchword/providers';
import { expect, expectTypeOf, test } from 'vitest';
import { GOOD, messages, parse } from './config-for-tests.ts';
import { narrowConfig, type ServiceConfig } from './narrow-config.ts';
import { receiverSettings, submitterSettings } from './provider-settings.ts';
import { ATTEMPT_MAX_MS } from './schema-providers.ts';
import { Secret } from './secret.ts';

const VONAGE = [
  'api_key: abc',
  'api_secret: ${env:API_SECRET}',
  'application_id: app',
  'private_key: ${file:vonage.pem}',
  'signature_secret: ${env:SIGNATURE}',
];
const PROVIDERS = [
  ['name: north', 'type: vonage-messages', 'from: Watchword', ...VONAGE],
  ['name: voice', 'type: vonage-voice', 'from: "4912345678"', ...VONAGE],
  ['name: mail', 'type: smtp', 'host: mx', 'from: a@example.com', 'username: u', 'password: ${env:MAIL}'],
];
const TEXT = [
  ...GOOD.slice(0, GOOD.indexOf('providers:')).trimEnd().split('\n'),
  'providers:',
  ...PROVIDERS.map((fields) => `  - ${fields.join('\n    ')}`),
]
  .join('\n')
  .replace('{ url: redis://localhost }', '{ url: redis://localhost, username: app, password: "${env:REDIS}" }')
  .replace('  brokers:', '  sasl: { mechanism: plain, username: u, password: "${env:SASL}" }\n  brokers:')
  .concat('\ntracing: { otlp: { url: "http://c/v1/traces", headers: { authorization: "${env:OTLP}" } } }\n');

const env = {
  KAFKA: 'k1:9092',
  REDIS: 'redis-secret',
  SASL: 'sasl-secret',
  OTLP: 'otlp-secret',
  MAIL: 'mail-secret',
  API_SECRET: 'api-secret',
  SIGNATURE: 'signature-secret',
};

const parsed = parse(TEXT, { env });
if (parsed.outcome !== 'valid') throw new Error(messages(TEXT).join('\n'));
const { config } = parsed;

/** The values of every secret that can be reached. */
function secretsIn(value: unknown): string[] {
  if (value instanceof Secret) return [value.reveal()];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(secretsIn);
}

const PEM = config.providers.flatMap((provider) =>
  provider.type === 'smtp' ? [] : [provider.privateKey.reveal()],
)[0]!;

test('the whole configuration holds them all, so that this test can find them', () => {
  expect(new Set(secretsIn(config)).size).toBe(8);
});

test('a service without providers’ secrets reaches no secret at all, nor where Redis and Kafka are', () => {
  const narrowed = narrowConfig(config, undefined);
  expect(secretsIn(narrowed)).toEqual([]);
  expect(narrowed.redis).toEqual({ namespace: '' });
  expect(narrowed.kafka).toEqual({ replicationFactor: 1 });
  expect(narrowed).not.toHaveProperty('keys');
  expect(narrowed.tenants).toBe(config.tenants);
  expect(narrowed.providers.map(({ name }) => name)).toEqual(['north', 'voice', 'mail']);
});

test('delivery reaches what submitting needs, provider by provider', () => {
  const [messages, voice, smtp] = narrowConfig(config, 'submit').providers;
  expect(secretsIn(messages)).toEqual(['api-secret', PEM]);
  expect(secretsIn(voice)).toEqual([PEM, 'signature-secret']);
  expect(secretsIn(smtp)).toEqual(['mail-secret']);
});

test('receipts reach the secrets that sign webhooks, and nothing else', () => {
  expect(secretsIn(narrowConfig(config, 'receive'))).toEqual(['signature-secret', 'signature-secret']);
});

test('the types refuse what is not there', () => {
  type Fields<P> = P extends unknown ? keyof P : never;
  type FieldsOf<C extends ServiceConfig> = Fields<C['providers'][number]>;
  type Hidden = 'apiSecret' | 'privateKey' | 'signatureSecret' | 'password';
  expectTypeOf<Extract<FieldsOf<ServiceConfig>, Hidden>>().toEqualTypeOf<never>();
  expectTypeOf<Extract<FieldsOf<ServiceConfig<'receive'>>, Hidden>>().toEqualTypeOf<'signatureSecret'>();
  expectTypeOf<Extract<FieldsOf<ServiceConfig<'submit'>>, Hidden>>().toEqualTypeOf<Hidden>();
  type Messages = Extract<ServiceConfig<'submit'>['providers'][number], { type: 'vonage-messages' }>;
  expectTypeOf<Extract<keyof Messages, Hidden>>().toEqualTypeOf<'apiSecret' | 'privateKey'>();
  expectTypeOf<Extract<keyof ServiceConfig, 'keys'>>().toEqualTypeOf<never>();
  expectTypeOf<keyof ServiceConfig['redis']>().toEqualTypeOf<'namespace'>();
  expectTypeOf<keyof ServiceConfig['kafka']>().toEqualTypeOf<'replicationFactor'>();
});

test('adapters that submit get their credentials, and as many mail connections as calls may be under way', () => {
  const [messages, voice, smtp] = narrowConfig(config, 'submit').providers.map(submitterSettings);
  expect(messages).toMatchObject({ apiSecret: 'api-secret', privateKey: PEM });
  expect(messages).not.toHaveProperty('signatureSecret');
  expect(voice).toMatchObject({ privateKey: PEM, signatureSecret: 'signature-secret' });
  expect(voice).not.toHaveProperty('apiSecret');
  expect(smtp).toMatchObject({ username: 'u', password: 'mail-secret', connectionsMax: 20 });
});

test('adapters that receive get the signature’s secret alone', () => {
  const settings = narrowConfig(config, 'receive').providers.map(receiverSettings);
  for (const each of settings) {
    for (const hidden of ['apiSecret', 'privateKey', 'password']) expect(each).not.toHaveProperty(hidden);
  }
  expect(settings[0]).toHaveProperty('signatureSecret', 'signature-secret');
});

test('no call may be configured to take longer than an adapter lets it', () => {
  expect(ATTEMPT_MAX_MS).toBe(SUBMIT_MAX_MS);
});
