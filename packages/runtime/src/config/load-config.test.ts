import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { BaseError } from '@watchword/contracts';
import { describe, expect, test } from 'vitest';
import { ENV, GOOD, KEY_A, KEY_B, broken, messages, parse } from './config-for-tests.ts';
import { loadConfig } from './load-config.ts';

function parsedWith(redis: string) {
  const parsed = parse(broken('{ url: redis://localhost }', redis));
  if (parsed.outcome !== 'valid') throw new Error('the file is not valid');
  return parsed;
}

describe('a good file', () => {
  const parsed = parse(GOOD);
  if (parsed.outcome !== 'valid') throw new Error(messages(GOOD).join('\n'));
  const { config } = parsed;

  test('becomes a value with every default filled in and durations in ms', () => {
    expect(config.region).toBe('a');
    expect(config.publicUrl).toBe('https://otp.example.com');
    expect(config.http).toEqual({
      host: '0.0.0.0',
      port: 8080,
      requestTimeoutMs: 10_000,
      drainMs: 0,
    });
    expect(config.kafka.brokers).toEqual(['k1:9092', 'k2:9092']);
    expect(config.defaults).toEqual({
      codeLength: 6,
      lifeMs: 600_000,
      checksMax: 5,
      resendCooldownMs: 30_000,
      stepMs: { sms: 60_000, voice: 45_000, email: 120_000 },
      locale: 'en',
    });
    expect(config.redis.queue).toEqual({ kind: 'server', host: 'localhost', port: 6379, db: 0 });
  });

  test('traces where a collector is named, and only there', () => {
    expect(config).not.toHaveProperty('tracing');
    const tracing =
      'tracing: { otlp: { url: "http://c:4318/v1/traces", headers: { authorization: "${env:SECRET}" } } }';
    const traced = parse(`${GOOD}${tracing}\n`);
    if (traced.outcome !== 'valid') throw new Error('the file is not valid');
    expect(traced.config.tracing).toMatchObject({ otlp: { url: 'http://c:4318/v1/traces' }, sample: 0.01 });
    expect(traced.config.tracing!.otlp.headers['authorization']!.reveal()).toBe('hunter2-hunter2');
    expect(inspect(traced.config, { depth: 9 })).not.toContain('hunter2');
    const given = parse(`${GOOD}tracing: { otlp: { url: "http://c/v1/traces" }, sample: "\${env:SHARE}" }\n`, {
      env: { ...ENV, SHARE: '0.25' },
    });
    expect(given).toMatchObject({ config: { tracing: { sample: 0.25, otlp: { headers: {} } } } });
  });

  test('knows a Cluster, and a master under Sentinel with logins of both', () => {
    const { config: given } = parsedWith(`{ cluster: { nodes: "a:1, [::1]:2" }, tls: {} }
  queue:
    sentinel: { name: main, nodes: [s:3], password: "\${env:SECRET}" }
    username: watchword`);
    expect(given.redis.state).toEqual({
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 1 },
        { host: '::1', port: 2 },
      ],
      tls: {},
    });
    const { queue } = given.redis;
    expect(queue).toMatchObject({
      kind: 'sentinel',
      name: 'main',
      nodes: [{ host: 's', port: 3 }],
      username: 'watchword',
    });
    expect(queue.kind === 'sentinel' && queue.sentinel.password?.reveal()).toBe('hunter2-hunter2');
    expect(queue.password).toBeUndefined();
  });

  test('gives a tenant the deployment’s defaults, limits and providers', () => {
    expect(config.tenants[0]).toMatchObject({ countries: 'all', channels: ['sms'], providers: ['north'] });
    expect(config.tenants[0]?.defaults).toEqual(config.defaults);
    expect(config.tenants[0]?.limits).toEqual(config.limits);
  });

  test('resolves references in whole and inside a text', () => {
    const provider = config.providers[0];
    if (provider?.type !== 'vonage-messages') throw new Error('another type');
    expect(provider.apiHost).toBe('http://127.0.0.1:9/p/north');
    expect(provider.apiSecret.reveal()).toBe('hunter2-hunter2');
    expect(config.keys.seal?.keys['k1']?.reveal()).toBe(KEY_A);
  });

  test('prints no secret, in whatever way it is printed', () => {
    const prints = [JSON.stringify(config), inspect(config, { depth: 20 }), String(config.keys.seal?.keys['k1'])];
    for (const print of prints) {
      expect(print).toContain('[secret]');
      expect(print).not.toContain('hunter2');
      expect(print).not.toContain(KEY_A.slice(0, 20));
      expect(print).not.toContain('MIIx');
    }
  });

  test('is frozen to its depth', () => {
    expect(Object.isFrozen(config.tenants[0]?.defaults.stepMs)).toBe(true);
    expect(() => Object.assign(config.http, { port: 1 })).toThrow(TypeError);
  });

  test('may leave out the secrets that the process does not need', () => {
    const text = broken('secrets/a', 'secrets/none');
    const secretsFor = { keyRoles: [], providers: [] } as const;
    const without = parse(text, { secretsFor, env: { KAFKA: 'k:1', SIM: 'http://x' } });
    if (without.outcome !== 'valid') throw new Error('refused');
    expect(() => without.config.keys.seal?.keys['k1']?.reveal()).toThrow(
      /not given the secret \$\{file:secrets\/none\}/,
    );
  });
});

test('a process that only verifies webhooks needs no secret but those that sign them', () => {
  const env = { KAFKA: 'k:1', SIM: 'http://x', SIGN: 'a-secret-that-signs' };
  const text = broken('signature_secret: ${env:SECRET}', 'signature_secret: ${env:SIGN}');
  const parsed = parse(text, { secretsFor: { keyRoles: [], providers: ['receive'] }, env });
  if (parsed.outcome !== 'valid') throw new Error('refused');
  const provider = parsed.config.providers[0];
  if (provider?.type !== 'vonage-messages') throw new Error('another type');
  expect(provider.signatureSecret.reveal()).toBe('a-secret-that-signs');
  expect(() => provider.privateKey.reveal()).toThrow(/not given the secret/);
});

test('a provider without a cap of its own may hold 40 % of a worker’s slots', () => {
  const capOf = (text: string) => {
    const parsed = parse(text);
    return parsed.outcome === 'valid' && parsed.config.providers[0]?.maxInFlight;
  };
  expect(capOf(GOOD)).toBe(20);
  expect(capOf(`${GOOD}delivery: { concurrency: 1 }\n`)).toBe(1);
  expect(capOf(broken('    from: Watchword', '    from: Watchword\n    max_in_flight: 33'))).toBe(33);
});

test('a tenant’s overrides are laid over the defaults field by field', () => {
  const parsed = parse(
    `${GOOD}defaults: { code_length: 8 }\n`.replace(
      '    brand: The Shop',
      '    brand: The Shop\n    defaults: { life_seconds: 300, step_seconds: { sms: 20 } }\n    limits: { recipient: { sends_per_hour: 3 } }',
    ),
  );
  if (parsed.outcome !== 'valid') throw new Error('refused');
  const tenant = parsed.config.tenants[0];
  expect(tenant?.defaults).toMatchObject({ codeLength: 8, lifeMs: 300_000, stepMs: { sms: 20_000, voice: 45_000 } });
  expect(tenant?.limits.recipient).toMatchObject({ sendsPerHour: 3, sendsPerDay: 20 });
});

test('a password inside a referenced Redis address becomes a secret', () => {
  const env = { ...ENV, REDIS: 'rediss://app:p%40ss@[::1]:6390/2' };
  const parsed = parse(broken('redis://localhost', '"${env:REDIS}"'), { env });
  if (parsed.outcome !== 'valid') throw new Error('refused');
  const { state } = parsed.config.redis;
  expect(state).toMatchObject({ host: '::1', port: 6390, db: 2, username: 'app', tls: {} });
  expect(state.password?.reveal()).toBe('p@ss');
  expect(JSON.stringify(state)).not.toContain('p@ss');
});

describe('loadConfig', () => {
  test('reads a file and what it refers to, and throws one fault that lists all', () => {
    const folder = mkdtempSync(join(tmpdir(), 'config-'));
    try {
      writeFileSync(join(folder, 'key'), KEY_B);
      const path = join(folder, 'config.yaml');
      const text = GOOD.replace('secrets/a', 'key').replace('${file:vonage.pem}', '${env:PEM}');
      writeFileSync(path, text);
      const env = { ...ENV, PEM: '-----BEGIN PRIVATE KEY-----' };
      expect(loadConfig(path, { env }).keys.seal?.keys['k1']?.reveal()).toBe(KEY_B);
      writeFileSync(path, text.replace('current: k1', 'current: k2'));
      expect(() => loadConfig(path, { env })).toThrow(/has an error:\n {2}.*config\.yaml:7:20: keys\.seal\.current/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('says what to do where there is no file', () => {
    const load = () => loadConfig('/nowhere/config.yaml', { env: {} });
    expect(load).toThrow(BaseError);
    expect(load).toThrow(
      'The configuration file /nowhere/config.yaml cannot be read (ENOENT). Name the file in WATCHWORD_CONFIG',
    );
  });
});
