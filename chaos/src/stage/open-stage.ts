import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Channel } from '@watchword/contracts';
import type { EngineFiles } from '@watchword/testkit';
import { startDeployment, type Deployment, type Role } from './deployment.ts';
import { prepareChaosHome, type ChaosHome } from './home.ts';
import { startChaosKafka, type ChaosKafka } from './kafka.ts';
import { startChaosRedis, type ChaosRedis } from './redis.ts';
import { startSimulator, type Simulator } from './simulator.ts';

/** Where a scenario plays: engines, vendors and every service, each a process that may be hurt. */
export interface Stage {
  /** This run's own folder; `logs/` in it has what every process said. */
  dir: string;
  redis: ChaosRedis;
  kafka: ChaosKafka;
  simulator: Simulator;
  services: Deployment;
  home: ChaosHome;
  channels: readonly Channel[];
  /** Ends everything. `keep`: the folder stays, for whoever wants to know why. */
  close(keep: boolean): Promise<void>;
}

export interface StageOptions {
  files: EngineFiles;
  /** Under which a folder of its own is made. */
  dataDir: string;
  seed: number;
  channels: readonly Channel[];
  counts: Partial<Record<Role, number>>;
}

/** Starts all of it and waits until every service is ready. What had started ends again where something does not. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const { files, channels } = options;
  mkdirSync(options.dataDir, { recursive: true });
  const dir = mkdtempSync(join(options.dataDir, 'stage-'));
  mkdirSync(join(dir, 'logs'));
  const ends: (() => Promise<void>)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  const log = (name: string) => {
    const file = createWriteStream(join(dir, 'logs', `${name}.log`));
    return (chunk: string): void => void file.write(chunk);
  };
  try {
    const home = prepareChaosHome(dir, { replication: 1 });
    const started = await Promise.allSettled([
      startChaosRedis({ binary: files.redisServer, dir: join(dir, 'redis') }),
      startChaosKafka({ java: files.java, jars: files.jars, dir: join(dir, 'kafka') }),
      startSimulator({ configPath: home.simulatorConfigPath, seed: options.seed, log: log('carrier-sim') }),
    ]);
    for (const each of started) if (each.status === 'fulfilled') ends.push(() => each.value.stop());
    for (const each of started) if (each.status === 'rejected') throw each.reason;
    const [redis, kafka, simulator] = started.map((each) => (each as PromiseFulfilledResult<unknown>).value) as [
      ChaosRedis,
      ChaosKafka,
      Simulator,
    ];
    const env = {
      WATCHWORD_CONFIG: home.configPath,
      REDIS_URL: redis.url,
      KAFKA_BROKERS: kafka.brokers.join(','),
      CARRIER_SIM_URL: simulator.url,
      CARRIER_SIM_SMTP_PORT: String(simulator.smtpPort),
    };
    const services = await startDeployment({ env, channels, counts: options.counts, log });
    ends.push(() => services.stop());
    await services.untilReady();
    return {
      dir,
      redis,
      kafka,
      simulator,
      services,
      home,
      channels,
      async close(keep) {
        await closeAll();
        if (!keep) rmSync(dir, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
