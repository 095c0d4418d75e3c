import type { Bus, BusHealth } from '@watchword/bus';
import { waitFor } from '@watchword/testkit';
import { pino } from 'pino';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { defineService } from '../../src/process/service.ts';
import type { ServiceDefinition } from '../../src/process/service.ts';
import { startProcess } from '../../src/process/start-process.ts';
import type { RunningProcess } from '../../src/process/start-process.ts';
import { testConfig } from './test-config.ts';

const log = pino({ level: 'silent' });
const config = testConfig(inject('redisUrl'));
const HEALTHY: BusHealth = { brokersSilentMs: 0, producer: { oldestUnackedMs: 0, connected: true }, consumers: [] };

/** The bus is not the matter here: only when it is asked and closed. */
function stubBus(trace: string[], health: () => BusHealth = () => HEALTHY) {
  return () => {
    const close = () => {
      trace.push('bus closed');
      return Promise.resolve();
    };
    return { health, close } as unknown as Bus;
  };
}

function service(name: string, trace: string[], more: Partial<ServiceDefinition<never>> = {}) {
  return defineService({
    name,
    keyRoles: [],
    start: (_config, { redis }) => {
      trace.push(`${name} started`);
      const stop = async () => {
        trace.push(`${name} stopped, redis ${await redis.state.ping()}`);
      };
      return Promise.resolve({ stop });
    },
    ...more,
  });
}

const running: RunningProcess[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
});

async function start(options: Omit<Parameters<typeof startProcess>[0], 'config' | 'name' | 'log'>) {
  const started = await startProcess({ config, name: 'test', log, ...options });
  running.push(started);
  return started;
}

describe('the order of the shutdown', () => {
  test('not ready, port closed, services from the last to the first, bus, Redis', async () => {
    const trace: string[] = [];
    let url = '';
    const watcher = defineService({
      name: 'watcher',
      keyRoles: [],
      start: () =>
        Promise.resolve({
          stop: async () => {
            const port = await fetch(`${url}/livez`).then(
              () => 'open',
              () => 'closed',
            );
            trace.push(`watcher stopped, port ${port}`);
          },
        }),
    });
    const services = [service('first', trace), service('second', trace), watcher];
    const process = await start({ services, createBus: stubBus(trace) });
    url = process.url;
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const report = await process.stop();
    expect(report).toEqual({ outcome: 'stopped', failures: [] });
    expect(process.readiness.report().parts['process']).toEqual({ ready: false, reason: 'stopping' });
    expect(trace).toEqual([
      'first started',
      'second started',
      'watcher stopped, port closed',
      'second stopped, redis PONG',
      'first stopped, redis PONG',
      'bus closed',
    ]);
  });

  test('while it drains it is not ready but still serves', async () => {
    const draining = testConfig(inject('redisUrl'), (text) => text.replace('port: 0', 'port: 0, drain_ms: 400'));
    const process = await startProcess({ config: draining, name: 'test', log, services: [], createBus: stubBus([]) });
    const stopping = process.stop();
    const answer = await fetch(`${process.url}/readyz`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ parts: { process: { reason: 'stopping' } } });
    await stopping;
  });

  test('a service that fails to stop does not keep the others from it', async () => {
    const trace: string[] = [];
    const start = () => Promise.resolve({ stop: () => Promise.reject(new Error('no')) });
    const bad = service('bad', trace, { start });
    const process = await startProcess({
      config,
      name: 'test',
      log,
      services: [service('good', trace), bad],
      createBus: stubBus(trace),
    });
    expect(await process.stop()).toEqual({ outcome: 'stopped', failures: ['service bad'] });
    expect(trace).toEqual(['good started', 'good stopped, redis PONG', 'bus closed']);
  });

  test('past the deadline it says what hung', async () => {
    const start = () => Promise.resolve({ stop: () => new Promise<void>(() => undefined) });
    const services = [service('stuck', [], { start })];
    const process = await startProcess({ config, name: 'test', log, services, createBus: stubBus([]) });
    expect(await process.stop(300)).toEqual({ outcome: 'hung', step: 'service stuck' });
  });

  test('a start that fails takes down what had been started', async () => {
    const trace: string[] = [];
    const bad = service('bad', trace, { start: () => Promise.reject(new Error('no table')) });
    const starting = startProcess({
      config,
      name: 'test',
      log,
      services: [service('good', trace), bad],
      createBus: stubBus(trace),
    });
    await expect(starting).rejects.toThrow('no table');
    expect(trace).toEqual(['good started', 'good stopped, redis PONG', 'bus closed']);
  });
});

describe('what a service is given', () => {
  test('only the keys of its roles, by type and at run time, and no key in its configuration', async () => {
    const seen: unknown[] = [];
    const sealer = defineService({
      name: 'sealer',
      keyRoles: ['seal'],
      start: (given, { keys }) => {
        seen.push('keys' in given, keys.roles, keys.current('seal').kid);
        // @ts-expect-error the type refuses it too
        expect(() => keys.current('pepper')).toThrow(/pepper/);
        return Promise.resolve({ stop: () => Promise.resolve() });
      },
    });
    const pepperer = service('pepperer', []);
    await start({ services: [sealer, pepperer], createBus: stubBus([]) });
    expect(seen).toEqual([false, ['seal'], 'k1']);
  });

  test('no way into Redis or Kafka in its configuration, and no secret of a provider but those of its use', async () => {
    const seen: unknown[] = [];
    const plain = defineService({
      name: 'plain',
      keyRoles: [],
      start: ({ redis, kafka, providers }) => {
        // @ts-expect-error the type refuses it too
        seen.push(redis, kafka, providers[0]?.signatureSecret);
        return Promise.resolve({ stop: () => Promise.resolve() });
      },
    });
    const receiving = defineService({
      name: 'receiving',
      keyRoles: [],
      providerSecrets: 'receive',
      start: ({ providers: [provider] }) => {
        if (provider?.type === 'vonage-messages')
          seen.push(provider.signatureSecret.reveal(), 'privateKey' in provider);
        return Promise.resolve({ stop: () => Promise.resolve() });
      },
    });
    await start({ services: [plain, receiving], createBus: stubBus([]) });
    expect(seen).toEqual([{ namespace: 'runtime-test-' }, { replicationFactor: 1 }, undefined, 'secret', false]);
  });

  test('a role without keys is refused at the start, by name', async () => {
    const verify = defineService({
      name: 'verify',
      keyRoles: ['factor'],
      start: () => Promise.resolve({ stop: () => Promise.resolve() }),
    });
    await expect(start({ services: [verify], createBus: stubBus([]) })).rejects.toThrow(/no keys\.factor/);
  });

  test('a role that a deployment may do without is left out of the ring where it has no keys', async () => {
    const seen: unknown[] = [];
    const ingest = defineService({
      name: 'ingest',
      keyRoles: ['seal', 'ingress'],
      optionalKeyRoles: ['ingress'],
      start: (_config, { keys }) => {
        seen.push(keys.roles);
        return Promise.resolve({ stop: () => Promise.resolve() });
      },
    });
    await start({ services: [ingest], createBus: stubBus([]) });
    expect(seen).toEqual([['seal']]);
  });

  test('routes of several services stand behind one port, each in its own context', async () => {
    const withRoute = (name: string) =>
      service(name, [], {
        start: () =>
          Promise.resolve({
            routes: (app) => {
              app.addHook('onRequest', (_request, reply, done) => {
                void reply.header('x-service', name);
                done();
              });
              app.get(`/${name}`, () => ({ name }));
              return Promise.resolve();
            },
            stop: () => Promise.resolve(),
          }),
      });
    const { url } = await start({ services: [withRoute('a'), withRoute('b')], createBus: stubBus([]) });
    for (const name of ['a', 'b']) {
      const answer = await fetch(`${url}/${name}`);
      expect(answer.headers.get('x-service')).toBe(name);
    }
  });
});

describe('readiness', () => {
  test('follows bus and services within 2 s and names the part', async () => {
    let health = HEALTHY;
    let lagging = false;
    const slow = service('slow', [], {
      start: () =>
        Promise.resolve({
          ready: () => (lagging ? { ready: false, reason: 'behind' } : { ready: true }),
          stop: () => Promise.resolve(),
        }),
    });
    const { url } = await start({ services: [slow], createBus: stubBus([], () => health) });
    const parts = async () =>
      ((await (await fetch(`${url}/readyz`)).json()) as { parts: Record<string, object> }).parts;
    expect(await parts()).toEqual({ 'redis.state': { ready: true }, bus: { ready: true }, slow: { ready: true } });
    health = { ...HEALTHY, producer: { oldestUnackedMs: 0, connected: false } };
    lagging = true;
    const down = {
      bus: { ready: false, reason: 'the producer is not connected' },
      slow: { ready: false, reason: 'behind' },
    };
    await waitFor(async () => JSON.stringify(await parts()).includes('behind'), { timeoutMs: 2000, what: 'not ready' });
    expect(await parts()).toMatchObject(down);
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
  });

  test('a process whose services can do without Kafka stays in service while it is away', async () => {
    const away: BusHealth = {
      brokersSilentMs: 0,
      producer: { oldestUnackedMs: 99_000, connected: false },
      consumers: [],
    };
    const verify = service('verify', [], { readyWithoutBus: true });
    const { url } = await start({ services: [verify], createBus: stubBus([], () => away) });
    const answer = await fetch(`${url}/readyz`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ parts: { bus: { ready: false, advisory: true } } });
  });
});
