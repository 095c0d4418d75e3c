import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateApiKey, hashApiKey } from '@watchword/otp';
import { prepareHome, simulatedProviders, type Home } from '@watchword/standalone';

export interface StageHome {
  configPath: string;
  /** What the simulator is configured with, as a file. */
  simulatorConfigPath: string;
  apiKey: string;
  /** Of a second tenant. */
  otherApiKey: string;
  secret: Home['secret'];
}

/**
 * The configuration of a first start, with what would stop a load of strangers taken away: no wide limits, and a cool-down
 * that people can wait for. Everything else is the default that production has.
 *
 * @param options.redis where Redis is, as YAML below `state:`
 * @param options.replication copies of every topic
 */
export function prepareStageHome(dir: string, options: { redis: string; replication: number }): StageHome {
  const home = prepareHome(dir);
  const own = `defaults:
  resend_cooldown_seconds: 2
limits:
  wide: { tenant_per_minute: 0, ip_prefix_per_hour: 0, country_per_minute: 0, number_prefix_per_10_minutes: 0 }
`;
  const otherApiKey = generateApiKey('dev');
  const other = `  - id: other
    name: Other
    brand: Other
    api_keys: [{ id: dev, sha256: ${hashApiKey(otherApiKey)} }]
    channels: [sms, voice, email]
`;
  const yaml = readFileSync(home.configPath, 'utf8');
  const edited = yaml
    .replace('url: ${env:REDIS_URL}', options.redis)
    .replace('tenants:\n', `tenants:\n${other}`)
    .replace('kafka:\n', `kafka:\n  replication_factor: ${options.replication}\n`);
  writeFileSync(home.configPath, edited + own);
  const simulatorConfigPath = join(dir, 'simulator.json');
  writeFileSync(simulatorConfigPath, JSON.stringify(simulatedProviders(home)), { mode: 0o600 });
  return {
    configPath: home.configPath,
    simulatorConfigPath,
    apiKey: home.secret('api-key'),
    otherApiKey,
    secret: (name) => home.secret(name),
  };
}
