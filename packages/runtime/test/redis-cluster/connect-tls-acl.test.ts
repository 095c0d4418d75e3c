import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createTestCertificates,
  freePort,
  startLocalRedis,
  type LocalEngine,
  type TestCertificates,
} from '@watchword/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { compileRedis, type RedisSettings } from '../../src/config/compile-redis.ts';
import { Secret } from '../../src/config/secret.ts';
import { closeRedis, connectRedis } from '../../src/redis/connect-redis.ts';
import { recordingLog } from './recording-log.ts';

const dir = mkdtempSync(join(tmpdir(), 'watchword-connect-tls-'));
let certificates: TestCertificates;
let server: LocalEngine;
let tlsPort: number;
beforeAll(async () => {
  certificates = await createTestCertificates(join(dir, 'certificates'));
  tlsPort = await freePort();
  const { ca, certificate, key } = certificates.files;
  server = await startLocalRedis({
    binary: inject('redisServer'),
    dir: join(dir, 'redis'),
    settings: {
      'tls-port': String(tlsPort),
      'tls-cert-file': certificate,
      'tls-key-file': key,
      'tls-ca-cert-file': ca,
      'tls-auth-clients': 'no',
    },
  });
  const look = new Redis(server.port);
  await look.acl('SETUSER', 'watchword', 'on', '>right', '~{own*', '+@all', '-@dangerous', '+info');
  look.disconnect();
});
afterAll(async () => {
  await server.kill();
  rmSync(dir, { recursive: true, force: true });
});

const secret = (value: string) => new Secret(value, 'a test');
const settings = ({ password = 'right', ca = certificates.ca, serverName = '' } = {}): RedisSettings =>
  compileRedis({
    url: `rediss://127.0.0.1:${tlsPort}`,
    username: 'watchword',
    password: secret(password),
    tls: { ...(ca !== '' && { ca: secret(ca) }), ...(serverName !== '' && { server_name: serverName }) },
  });

test('TLS with an authority of its own, as a user that may little', async () => {
  const { log } = recordingLog();
  const redis = await connectRedis(settings(), { purpose: 'api', log, name: 'test:state' });
  expect(await redis.set('{own}:key', '1')).toBe('OK');
  await expect(redis.set('{other}:key', '1')).rejects.toThrow('NOPERM');
  await expect(redis.keys('*')).rejects.toThrow('NOPERM');
  await closeRedis(redis);
});

test.for<[string, Parameters<typeof settings>[0], string]>([
  ['a wrong password', { password: 'wrong' }, 'WRONGPASS'],
  ['an authority that nobody named', { ca: '' }, 'SELF_SIGNED_CERT_IN_CHAIN'],
  ['a certificate of another name', { serverName: 'elsewhere.example' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
])('%s is named as such, and nothing else is said', async ([, wrong, reason]) => {
  const { log, lines } = recordingLog();
  const failed = connectRedis(settings(wrong), { purpose: 'api', log, name: 'ingest:state', readyMs: 1_000 });
  await expect(failed).rejects.toMatchObject({
    code: 'OTP_STATE_UNAVAILABLE',
    message: `Redis (ingest:state) is not ready: ${reason}.`,
  });
  expect(JSON.stringify(lines)).not.toMatch(/wrong|BEGIN/);
});
