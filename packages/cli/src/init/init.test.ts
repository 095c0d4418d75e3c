import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { init } from './init.ts';
import { renderFirstConfig, ON_LOOPBACK } from './first-config.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'watchword-init-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const run = (own: { showKey?: boolean } = {}): string => {
  const said: string[] = [];
  const where = { dir: join(folder, 'home'), deal: join(folder, 'dealt') };
  init(
    { name: 'init', ...where, listen: '0.0.0.0', simulatorHost: 'carrier-sim', showKey: false, ...own },
    { out: (line) => void said.push(line) },
  );
  return said.join('\n');
};
const read = (...path: string[]): string => readFileSync(join(folder, ...path), 'utf8');

describe('watchword init', () => {
  test('writes a configuration for where the services will run', () => {
    run();
    expect(read('home', 'config.yaml')).toMatch(/host: 0\.0\.0\.0[^]*host: carrier-sim[^]*level: info/);
    expect(renderFirstConfig('x', ON_LOOPBACK)).toMatch(/host: 127\.0\.0\.1[^]*host: 127\.0\.0\.1[^]*level: warn/);
  });

  test('leaves what is there as it is', () => {
    run();
    const key = run({ showKey: true });
    writeFileSync(join(folder, 'home', 'config.yaml'), '# mine\n');
    expect(run()).toMatch(/left as it is/);
    expect(read('home', 'config.yaml')).toBe('# mine\n');
    expect(read('dealt', 'ingest', 'config.yaml')).toBe('# mine\n');
    expect(run({ showKey: true })).toBe(key);
  });

  test('deals to each service only the secrets that it may read', () => {
    run();
    const dealt = Object.fromEntries(
      readdirSync(join(folder, 'dealt')).map((service) => [
        service,
        readdirSync(join(folder, 'dealt', service), { recursive: true, encoding: 'utf8' })
          .filter((path) => path !== 'secrets')
          .toSorted((a, b) => a.localeCompare(b)),
      ]),
    );
    expect(dealt).toEqual({
      ingest: ['config.yaml', 'secrets/lookup-k1', 'secrets/seal-k1'],
      verify: ['config.yaml', 'secrets/lookup-k1', 'secrets/pepper-k1'],
      delivery: [
        'config.yaml',
        'secrets/pepper-k1',
        'secrets/seal-k1',
        'secrets/smtp-password',
        'secrets/vonage-key.pem',
        'secrets/vonage-secret',
        'secrets/vonage-signature',
      ],
      receipts: ['config.yaml', 'secrets/vonage-signature'],
      dispatcher: ['config.yaml'],
      'quality-monitor': ['config.yaml'],
      cli: ['config.yaml'],
      'carrier-sim': ['simulator.json'],
    });
    expect(read('dealt', 'carrier-sim', 'simulator.json')).not.toContain('PRIVATE');
  });

  test('nobody but the owner and its group reads a secret, and what is said holds none', () => {
    const said = run();
    expect(statSync(join(folder, 'home', 'secrets', 'seal-k1')).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'dealt', 'ingest', 'secrets', 'seal-k1')).mode & 0o007).toBe(0);
    expect(statSync(join(folder, 'dealt', 'ingest', 'secrets')).mode & 0o007).toBe(0);
    const names = readdirSync(join(folder, 'home', 'secrets'));
    for (const name of names) expect(said).not.toContain(read('home', 'secrets', name).trim());
    expect(names).toContain('api-key');
  });
});
