import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Channel } from '@watchword/contracts';
import type { EngineFiles } from '@watchword/testkit';
import { startDeployment, type Deployment, type Role } from './deployment.ts';
import { prepareStageHome, type StageHome } from './home.ts';
import { startKafkaBroker, startKafkaCluster, type KafkaBroker, type KafkaCluster, type KafkaPlace } from './kafka.ts';
import { startRedisPair, startRedisServer, type RedisPair, type RedisPlace, type RedisServer } from './redis.ts';
import { startSimulator, type Simulator } from './simulator.ts';

/** Which engines a stage has: `single` is one server of each. */
export type EngineKind = 'single' | 'sentinel' | 'threeBrokers' | 'smallDisk';

/** Where a scenario plays: engines, vendors and every service, each a process that may be hurt. */
export interface Stage {
  /** This run's own folder; `logs/` in it has what every process said. */
  dir: string;
  redis: RedisPlace;
  kafka: KafkaPlace;
  /** The same engines, as what they are; undefined where the stage has others. */
  redisServer: RedisServer | undefined;
  redisPair: RedisPair | undefined;
  kafkaBroker: KafkaBroker | undefined;
  kafkaCluster: KafkaCluster | undefined;
  simulator: Simulator;
  services: Deployment;
  home: StageHome;
  channels: readonly Channel[];
  /** Ends everything. `keep`: the folder stays, for whoever wants to know why. */
  close(keep: boolean): Promise<void>;
}

export interface StageOptions {
  files: EngineFiles;
  /** Under which a folder of its own is made. */
  dataDir: string;
  seed: number;
  engines: EngineKind;
  channels: readonly Channel[];
  counts: Partial<Record<Role, number>>;
}

/** Starts all of it and waits until every service is ready. What had started ends again where something does not. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const { channels, counts } = options;
  mkdirSync(options.dataDir, { recursive: true });
  const dir = mkdtempSync(join(options.dataDir, 'stage-'));
  mkdirSync(join(dir, 'logs'));
  const ends: (() => Promise<void>)[] = [];
  const close = async (keep: boolean): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
    if (!keep) rmSync(dir, { recursive: true, force: true });
  };
  const log = (name: string) => {
    const file = createWriteStream(join(dir, 'logs', `${name}.log`));
    return (chunk: string): void => void file.write(chunk);
  };
  try {
    const engines = await startEngines(dir, options, ends);
    const { redis, kafka } = engines;
    const home = prepareStageHome(dir, { redis: redis.yaml, replication: kafka.replication });
    const at = { configPath: home.simulatorConfigPath, seed: options.seed, log: log('carrier-sim') };
    const simulator = await startSimulator(at);
    ends.push(() => simulator.stop());
    const env = {
      WATCHWORD_CONFIG: home.configPath,
      REDIS_URL: redis.url(),
      KAFKA_BROKERS: kafka.brokers.join(','),
      CARRIER_SIM_URL: simulator.url,
      CARRIER_SIM_SMTP_PORT: String(simulator.smtpPort),
    };
    const services = await startDeployment({ env, channels, counts, log });
    ends.push(() => services.stop());
    const unready = await services.untilReady();
    if (unready.length > 0) throw new Error(`not ready: ${unready.join(', ')}; the logs are in ${dir}`);
    return { dir, ...engines, simulator, services, home, channels, close };
  } catch (error) {
    await close(true);
    throw error;
  }
}

type Engines = Pick<Stage, 'redis' | 'kafka' | 'redisServer' | 'redisPair' | 'kafkaBroker' | 'kafkaCluster'>;

/** Both at once. */
async function startEngines(
  dir: string,
  { files, engines: kind }: StageOptions,
  ends: (() => Promise<void>)[],
): Promise<Engines> {
  const redisAt = { binary: files.redisServer, dir: join(dir, 'redis') };
  const kafkaAt = { java: files.java, jars: files.jars, dir: join(dir, 'kafka') };
  const redisStarts = kind === 'sentinel' ? startRedisPair(redisAt) : startRedisServer(redisAt);
  const disk = kind === 'smallDisk';
  const kafkaStarts = kind === 'threeBrokers' ? startKafkaCluster(kafkaAt) : startKafkaBroker(kafkaAt, { disk });
  const [redis, kafka] = await Promise.allSettled([redisStarts, kafkaStarts]);
  for (const each of [redis, kafka]) if (each.status === 'fulfilled') ends.push(() => each.value.stop());
  if (redis.status === 'rejected') throw redis.reason;
  if (kafka.status === 'rejected') throw kafka.reason;
  return {
    redis: redis.value,
    kafka: kafka.value,
    redisServer: 'pause' in redis.value ? redis.value : undefined,
    redisPair: 'failOver' in redis.value ? redis.value : undefined,
    kafkaBroker: 'fillDisk' in kafka.value ? kafka.value : undefined,
    kafkaCluster: 'cluster' in kafka.value ? kafka.value : undefined,
  };
}
