import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommandLine } from '@watchword/cli';
import { CHANNELS } from '@watchword/contracts';
import { delivery } from '@watchword/delivery';
import { dispatcher } from '@watchword/dispatcher';
import { ingest } from '@watchword/ingest';
import { receipts } from '@watchword/receipts';
import { loadConfig, type Service } from '@watchword/runtime';
import { verify } from '@watchword/verify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ENV = {
  REDIS_URL: 'redis://redis:6379',
  KAFKA_BROKERS: 'kafka:9092',
  HTTP_PORT: '8080',
  PUBLIC_URL: 'http://receipts:8080',
  CARRIER_SIM_URL: 'http://carrier-sim:4010',
  CARRIER_SIM_SMTP_PORT: '4025',
};

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'watchword-dealt-'));
  const silent = { out: () => undefined, err: () => undefined, ask: undefined };
  await runCommandLine(['init', '--dir', join(folder, 'home'), '--deal', join(folder, 'dealt')], {}, silent);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.each<[string, Service]>([
  ['ingest', ingest],
  ['verify', verify],
  ['dispatcher', dispatcher],
  ['receipts', receipts],
  ['delivery', delivery(CHANNELS, undefined)],
])('what `watchword init` deals to %s', (name, { keyRoles, providerSecrets }) => {
  const load = () =>
    loadConfig(join(folder, 'dealt', name, 'config.yaml'), {
      env: ENV,
      secretsFor: { keyRoles, providers: providerSecrets === undefined ? [] : [providerSecrets] },
    });

  test('is all that it reads', () => {
    expect(load().tenants).toHaveLength(1);
  });

  test('is nothing that it does not read', () => {
    const secrets = join(folder, 'dealt', name, 'secrets');
    const files = readdirSync(join(folder, 'dealt', name)).includes('secrets') ? readdirSync(secrets) : [];
    for (const file of files) {
      const content = readFileSync(join(secrets, file));
      rmSync(join(secrets, file));
      expect(load).toThrow(`secrets/${file}`);
      writeFileSync(join(secrets, file), content);
    }
  });
});
