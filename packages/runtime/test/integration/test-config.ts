import { parseConfig } from '../../src/config/load-config.ts';
import type { Config } from '../../src/config/compile.ts';

const PEM = '-----BEGIN PRIVATE KEY-----';

/** Text of a configuration for one Redis and a Kafka that may be away. */
export function configText(redisUrl: string, broker = '127.0.0.1:1'): string {
  return `public_url: http://127.0.0.1
http: { host: 127.0.0.1, port: 0 }
redis: { state: { url: "${redisUrl}" }, namespace: runtime-test- }
kafka: { brokers: ["${broker}"] }
keys:
  seal: { current: k1, keys: { k1: "\${env:SEAL}" } }
  lookup: { current: k1, keys: { k1: "\${env:LOOKUP}" } }
  pepper: { current: k1, keys: { k1: "\${env:PEPPER}" } }
tenants:
  - { id: shop, name: Shop, brand: Shop, api_keys: [{ id: main, sha256: ${'a'.repeat(64)} }] }
providers:
  - name: north
    type: vonage-messages
    api_key: a
    api_secret: \${env:SECRET}
    application_id: a
    private_key: \${env:PEM}
    signature_secret: \${env:SECRET}
    from: Watchword
`;
}

export const SECRETS = {
  SEAL: 'a'.repeat(64),
  LOOKUP: 'b'.repeat(64),
  PEPPER: 'c'.repeat(64),
  SECRET: 'secret',
  PEM,
};

export function testConfig(redisUrl: string, change: (text: string) => string = (text) => text): Config {
  return testConfigFrom(change(configText(redisUrl)));
}

export function testConfigFrom(text: string): Config {
  const parsed = parseConfig({
    text,
    configFile: 'config.yaml',
    env: SECRETS,
    readText: () => '',
  });
  if (parsed.outcome === 'invalid') throw new Error(JSON.stringify(parsed.issues));
  return parsed.config;
}
