import { mkdtempSync, mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createBus } from '@watchword/bus';
import {
  ATTEMPT_TOPIC,
  CHECK_TOPIC,
  EVENTS,
  OUTCOME_TOPIC,
  REQUEST_TOPIC,
  TOPICS,
  createVerificationId,
} from '@watchword/contracts';
import { findEngines, freePort, startLocalKafka, startLocalRedis, startServiceProcess } from '@watchword/testkit';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { prepareChaosHome } from './src/stage/home.ts';
import { servicePath } from './src/stage/service-path.ts';

const N = Number(process.argv[2] ?? 40000);
const found = await findEngines({ onProgress: console.log, install: true });
if (found.outcome === 'missing') throw new Error(found.reason);
mkdirSync('/tmp/exp', { recursive: true });
const dir = mkdtempSync('/tmp/exp/rec-');
const redisServer = await startLocalRedis({ binary: found.files.redisServer, dir: `${dir}/redis` });
const kafka = await startLocalKafka({ ...found.files, dir: `${dir}/kafka` });
const brokers = [`127.0.0.1:${kafka.port}`];
const redisUrl = `redis://127.0.0.1:${redisServer.port}`;
const home = prepareChaosHome(dir, { redis: `url: ${redisUrl}`, replication: 1 });
const bus = createBus({ brokers, clientId: 'seed' }, { log: pino({ level: 'warn' }) });
await bus.createTopics(TOPICS);
const redis = new Redis(redisUrl);
const now = Date.now();
let events = 0;
const send = async (topic: string, id: string, n: number, data: object) => {
  events++;
  await bus.publish(
    {
      topic,
      key: id,
      envelope: {
        id: `${id}.${n}.x`,
        type: EVENTS[topic as keyof typeof EVENTS].type,
        source: 'seed',
        subject: id,
        time: new Date(now).toISOString(),
      },
      data: JSON.stringify(data),
    } as never,
    { timeoutMs: 30000 },
  );
};
const begun = performance.now();
for (let i = 0; i < N; i += 500) {
  await Promise.all(
    Array.from({ length: Math.min(500, N - i) }, async (_, j) => {
      const bucket = (i + j) % 256;
      const id = createVerificationId({ region: 'a', bucket });
      const base = { verification_id: id, tenant: 'demo', purpose: 'login' };
      await send(REQUEST_TOPIC, id, 1, {
        ...base,
        version: 1,
        created_at: now,
        expires_at: now + 3_000_000,
        lookup: `k1.${id}`,
        workflow: [{ channel: 'sms', recipient: 0, timeout_ms: 60000 }],
        recipients: [
          { sealed: 'k1.' + 'x'.repeat(80), country: 'DE', operator: '', limit_bucket: bucket, limit_key: id },
        ],
        code_length: 6,
        checks_max: 5,
        cooldown_ms: 0,
        locale: 'en',
        webotp: false,
      });
      await Promise.all([
        send(ATTEMPT_TOPIC, id, 4, {
          ...base,
          version: 4,
          attempt_id: `${id}.1`,
          provider: 'north',
          channel: 'sms',
          country: 'DE',
          operator: '',
          step: 0,
          send: 1,
          generation: 1,
          tag: 'p1.tagtagtagtagtagtag',
          state: 'accepted',
          claimed_at: now + 10,
          settled_at: now + 30,
          taken_over: false,
          revised: false,
          send_state: 'accepted',
        }),
        send(CHECK_TOPIC, id, 5, {
          ...base,
          version: 5,
          valid: true,
          generation: 1,
          checks_used: 1,
          checked_at: now + 1000,
          checks_max: 5,
        }),
        send(OUTCOME_TOPIC, id, 6, {
          ...base,
          version: 6,
          outcome: 'approved',
          created_at: now,
          ended_at: now + 1000,
          checks_used: 1,
          attempts: 1,
          generation: 1,
          channel: 'sms',
        }),
      ]);
    }),
  );
}
console.log('seeded', events, 'in', Math.round(performance.now() - begun), 'ms');
await bus.close(5000);
const port = await freePort();
const dispatcher = await startServiceProcess({
  name: 'dispatcher',
  entry: servicePath('dispatcher'),
  env: {
    WATCHWORD_CONFIG: home.configPath,
    REDIS_URL: redisUrl,
    KAFKA_BROKERS: brokers.join(','),
    CARRIER_SIM_URL: 'http://127.0.0.1:1',
    CARRIER_SIM_SMTP_PORT: '2525',
    HTTP_PORT: String(port),
  } as never,
  readyUrl: `http://127.0.0.1:${port}/readyz`,
  log: (c: string) => process.stdout.write(c),
});
const metrics = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
const value = (text: string, name: string) =>
  text
    .split('\n')
    .filter((l) => l.startsWith(name))
    .map((l) => Number(l.split(' ').at(-1)))
    .reduce((a, b) => a + b, 0);
const settled = async () => {
  for (;;) {
    const t = await metrics();
    if (value(t, 'watchword_buckets_recovering') === 0 && value(t, 'watchword_bus_lag_messages') === 0) return t;
    await sleep(100);
  }
};
await sleep(3000);
await settled();
await sleep(2000);
await settled();
for (let k = 0; k < 2; k++) {
  const before = await metrics();
  const t = performance.now();
  await redis.flushall();
  while (value(await metrics(), 'watchword_buckets_recovering') === 0) await sleep(50);
  let first = 0;
  const text = await settled();
  console.log(
    'recovered after',
    Math.round(performance.now() - t),
    'ms;',
    text
      .split('\n')
      .filter((l) => /^watchword_recovery/.test(l))
      .join(' | '),
    'events',
    value(text, 'watchword_recovery_events_total') - value(before, 'watchword_recovery_events_total'),
    first,
    'keys',
    await redis.dbsize(),
  );
  await sleep(1000);
}
await dispatcher.stop();
await redis.quit();
await kafka.kill();
await redisServer.kill();
process.exit(0);
