import { between } from '../load/random.ts';
import { need, recoveryAfter, type Harm, type Scenario } from './scenario.ts';

const AWAY_MS = 45_000;
/** How long Redis has no memory left. */
const FULL_MS = 10_000;
/** What a replica has not heard of is lost with the master. */
const UNHEARD_MS = 1_000;
/** So much more than it holds is allowed: the next OTPs fill it. */
const HEADROOM_BYTES = 64 * 1024;

async function killRedis(harm: Harm): Promise<void> {
  const redis = need(harm.stage.redisServer);
  harm.down();
  harm.tell('SIGKILL Redis');
  await harm.outage(async () => {
    await redis.kill();
    await harm.sleep(between(harm.random, 200, 1_500));
    await redis.start();
  });
  harm.tell('Redis serves again, with its append-only file');
  harm.back();
}

async function pauseRedis(harm: Harm): Promise<void> {
  const redis = need(harm.stage.redisServer);
  harm.down();
  harm.tell(`SIGSTOP Redis for ${AWAY_MS / 1000} s`);
  await harm.outage(async () => {
    redis.pause();
    await harm.sleep(AWAY_MS);
    redis.resume();
  });
  harm.tell('SIGCONT Redis');
  harm.back();
}

async function flushRedis(harm: Harm): Promise<void> {
  harm.down();
  harm.tell('FLUSHALL');
  await harm.stage.redis.command('FLUSHALL');
  harm.lost();
  harm.back();
}

async function wipeRedis(harm: Harm): Promise<void> {
  const redis = need(harm.stage.redisServer);
  harm.down();
  harm.tell('SIGKILL Redis, and its data is deleted');
  await harm.outage(async () => {
    await redis.kill();
    harm.lost();
    redis.deleteData();
    await harm.sleep(between(harm.random, 200, 1_500));
    await redis.start();
  });
  harm.tell('an empty Redis serves');
  harm.back();
}

async function fillRedis(harm: Harm): Promise<void> {
  const redis = need(harm.stage.redisServer);
  const used = Number(/used_memory:(\d+)/.exec(String(await redis.command('INFO', 'memory')))![1]);
  harm.down();
  harm.tell(`Redis has no memory left for ${FULL_MS / 1000} s`);
  await harm.outage(async () => {
    await redis.command('CONFIG', 'SET', 'maxmemory', String(used + HEADROOM_BYTES));
    await harm.sleep(FULL_MS);
    await redis.command('CONFIG', 'SET', 'maxmemory', '0');
  });
  harm.tell('Redis has memory again');
  harm.back();
}

async function failOver(harm: Harm): Promise<void> {
  harm.down();
  harm.tell(`the replica hears nothing for ${UNHEARD_MS / 1000} s, then SIGKILL of the master`);
  await harm.outage(async () => {
    await need(harm.stage.redisPair).failOver({ unheardMs: UNHEARD_MS, onKill: () => harm.lost() });
  });
  harm.tell('the replica is the master');
  harm.back();
}

export const REDIS_SCENARIOS: readonly Scenario[] = [
  {
    name: 'redis-killed',
    what: 'SIGKILL of Redis and a restart (append-only file, everysec)',
    shows: 'a restart is told by the run id, and the last minute of events is read again',
    play: killRedis,
  },
  {
    name: 'redis-paused',
    what: 'Redis hangs for 45 s',
    shows: '503 instead of a wait; every lease and deadline is late, none is lost',
    awayMs: AWAY_MS,
    recoverySecondsMax: recoveryAfter(AWAY_MS),
    play: pauseRedis,
  },
  {
    name: 'redis-flushed',
    what: 'FLUSHALL under load',
    shows: 'a 202 survives the loss of all data in Redis; used codes stay used',
    play: flushRedis,
  },
  {
    name: 'redis-wiped',
    what: 'SIGKILL of Redis, its data deleted, an empty one in its place',
    shows: 'a 202 survives the loss of all data in Redis; used codes stay used',
    play: wipeRedis,
  },
  {
    name: 'redis-full',
    what: 'Redis out of memory for 10 s',
    shows: 'what Redis does not take was not promised; nothing is half done',
    play: fillRedis,
  },
  {
    name: 'redis-failover',
    what: 'failover to a replica by Sentinel, with the last second lost',
    shows: 'the last 60 s of events are read again: what was lost is merged from Kafka',
    engines: 'sentinel',
    play: failOver,
  },
];
