import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CHANNELS } from '@watchword/contracts';
import { describe, expect, test } from 'vitest';
import { readCompose, readMount, type ComposeService } from './read-compose.ts';

/** What is set in it; a word that is not here is likelier a mistake than a wish. */
const KNOWN = new Set(
  `image build profiles user command environment volumes ports depends_on healthcheck
   restart read_only tmpfs cap_drop security_opt stop_grace_period`.split(/\s+/),
);
/** They end by themselves. */
const ONCE = ['init', 'watchword'];

const compose = readCompose('docker-compose.yml');
const services = Object.entries(compose.services);
const ours = services.filter(([, { build }]) => build);
const running = ours.filter(([name]) => !ONCE.includes(name));
const product = running.filter(([name]) => name !== 'carrier-sim').map(([, service]) => service);
const conditionsOf = ({ depends_on = {} }: ComposeService) => Object.entries(depends_on);

describe.each(services)('the container %s', (name, service) => {
  test('is described in words that compose knows', () => {
    expect(Object.keys(service).filter((key) => !KNOWN.has(key))).toEqual([]);
  });

  test('has an image of a fixed version', () => {
    expect(service.image).toMatch(/^[\w./-]+:\S+$/);
    expect(service.image).not.toMatch(/:latest$/);
  });

  test('is in a profile', () => {
    expect(['engines', 'app', 'observability', 'command']).toContain(service.profiles?.join());
  });

  test.skipIf(ONCE.includes(name))('is asked for its health', () => {
    expect(service.healthcheck?.test[0]).toMatch(/^CMD/);
  });

  test('waits for what has a health to wait for, or ends by itself', () => {
    const wrong = conditionsOf(service).filter(([other, { condition }]) =>
      condition === 'service_healthy'
        ? compose.services[other]?.healthcheck === undefined
        : condition !== 'service_completed_successfully' || !ONCE.includes(other),
    );
    expect(wrong).toEqual([]);
  });

  test('waits for other profiles’ containers only where they run', () => {
    const others = conditionsOf(service).filter(
      ([other]) => compose.services[other]?.profiles?.join() !== service.profiles?.join(),
    );
    expect(others.filter(([, { required }]) => required !== false)).toEqual([]);
  });

  test('is reached from this machine only', () => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test('mounts what is there', () => {
    const sources = (service.volumes ?? []).map((volume) => readMount(volume).source);
    const isThere = (source: string): boolean =>
      source.startsWith('./') ? existsSync(source) : source in compose.volumes;
    expect(sources.filter((source) => !isThere(source))).toEqual([]);
  });
});

describe.each(ours)('our container %s', (name, service) => {
  test('has no rights, and nowhere to write but its volumes and /tmp', () => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      tmpfs: ['/tmp'],
    });
    // root in the services' group: its files are theirs to read and nobody's to change
    const uid = /ARG RUN_UID=(\d+)/.exec(readFileSync('Dockerfile', 'utf8'))?.[1];
    expect(service.user).toBe(name === 'init' ? `0:${uid}` : undefined);
  });

  test.skipIf(name === 'init')('gets its own part of the configuration and no other', () => {
    const own = service.build?.args['SERVICE'];
    expect(service.volumes).toEqual([`config-${own}:/etc/watchword:ro`]);
    expect(compose.services['init']?.volumes).toContain(`config-${own}:/dealt/${own}`);
  });
});

describe('docker compose up', () => {
  test('starts every service that there is, and a worker for each channel', () => {
    const wanted = globSync('services/*/src/main.ts')
      .map((path) => path.split('/')[1]!)
      .filter((service) => service !== 'standalone');
    expect(new Set(running.map(([, { build }]) => build?.args['SERVICE']))).toEqual(new Set(wanted));
    expect(running.flatMap(([, { environment }]) => environment?.['CHANNEL'] ?? []).toSorted()).toEqual(
      [...CHANNELS].toSorted(),
    );
  });

  test('is for all profiles but that of the operators’ command, as .env says', () => {
    const profiles = /^COMPOSE_PROFILES=(.*)$/m.exec(readFileSync('.env', 'utf8'))?.[1]?.split(',');
    const used = new Set(services.flatMap(([, service]) => service.profiles ?? []));
    expect([...(profiles ?? []), 'command'].toSorted()).toEqual([...used].toSorted());
  });

  test('sets every variable that the first configuration refers to', () => {
    const source = readFileSync('packages/cli/src/init/first-config.ts', 'utf8');
    const wanted = [...source.matchAll(/\$\{env:(\w+)\}/g)].map((match) => match[1]!);
    expect(wanted.length).toBeGreaterThan(4);
    for (const { environment = {} } of product)
      expect(Object.keys(environment)).toEqual(expect.arrayContaining(wanted));
  });

  test('is watched: Prometheus asks every process that has metrics, and reads the rules that are mounted', () => {
    const file = parse(readFileSync('infra/observability/prometheus.yml', 'utf8')) as {
      rule_files: string[];
      scrape_configs: { dns_sd_configs?: { names: string[]; port: number }[] }[];
    };
    const asked = file.scrape_configs.flatMap(({ dns_sd_configs = [] }) =>
      dns_sd_configs.flatMap(({ names }) => names),
    );
    const wanted = running.map(([name]) => name).filter((name) => name !== 'carrier-sim');
    expect(asked.toSorted()).toEqual(wanted.toSorted());
    const targets = (compose.services['prometheus']?.volumes ?? []).map((volume) => readMount(volume).target);
    for (const rules of file.rule_files) expect(targets).toContain(join(rules, '..'));
  });
});
