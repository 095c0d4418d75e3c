import { createBrokerProxy, createRedisProxy, waitFor, type BrokerProxy, type RedisProxy } from '@watchword/testkit';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { defineService } from '../../src/process/service.ts';
import { startProcess, type RunningProcess } from '../../src/process/start-process.ts';
import { configText, testConfigFrom } from './test-config.ts';

/** What is promised, and what a machine that runs everything at once may add. */
const TRUTH_MS = 2_000;
const SLACK_MS = 750;

let redis: RedisProxy;
let broker: BrokerProxy;
let running: RunningProcess;
beforeAll(async () => {
  redis = await createRedisProxy(inject('redisUrl'));
  broker = await createBrokerProxy(inject('kafkaBrokers')[0]!);
  const idle = defineService({
    name: 'idle',
    keyRoles: [],
    start: () => Promise.resolve({ stop: () => Promise.resolve() }),
  });
  running = await startProcess({
    config: testConfigFrom(configText(redis.url, broker.address)),
    name: 'truth',
    services: [idle],
    log: pino({ level: 'silent' }),
  });
  await readyWithin(20_000);
});
afterAll(async () => {
  await running.stop();
  await redis.close();
  await broker.close();
});

interface Ready {
  status: number;
  parts: Record<string, { ready: boolean; reason?: string }>;
}

async function ask(): Promise<Ready> {
  const answer = await fetch(`${running.url}/readyz`);
  return { status: answer.status, ...((await answer.json()) as Pick<Ready, 'parts'>) };
}

const readyWithin = async (timeoutMs: number) =>
  waitFor(async () => (await ask()).status === 200, { timeoutMs, what: 'the process to be ready' });

async function unreadyWithin(part: string, timeoutMs: number): Promise<Ready> {
  return waitFor(
    async () => {
      const said = await ask();
      return said.status === 503 && said.parts[part]?.ready === false && said;
    },
    { timeoutMs, what: `${part} not to be ready` },
  );
}

const outages: [string, string, () => Promise<void> | void, () => Promise<void>][] = [
  ['Redis is gone', 'redis.state', async () => redis.cut(), async () => redis.heal()],
  ['Redis hangs', 'redis.state', () => redis.freeze(), async () => redis.heal()],
  ['Kafka is gone', 'bus', async () => broker.cut(), async () => broker.heal()],
  ['Kafka hangs', 'bus', () => broker.block(), async () => broker.heal()],
];

describe('readiness tells the truth within 2 s, both ways, and no outage is a reason to end the process', () => {
  test.each(outages)('when %s', async (_, part, begin, end) => {
    await readyWithin(TRUTH_MS + SLACK_MS);
    await begin();
    const said = await unreadyWithin(part, TRUTH_MS + SLACK_MS);
    const others = Object.entries(said.parts).filter(([name]) => name !== part);
    expect(others.filter(([, { ready }]) => !ready)).toEqual([]);
    expect((await fetch(`${running.url}/livez`)).status).toBe(200);
    await end();
    await readyWithin(TRUTH_MS + SLACK_MS);
  });
});
