import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { startCarrierSim, type CarrierSim } from '@watchword/carrier-sim';
import { CHANNELS } from '@watchword/contracts';
import { delivery } from '@watchword/delivery';
import { dispatcher } from '@watchword/dispatcher';
import { ingest } from '@watchword/ingest';
import { qualityMonitor } from '@watchword/quality-monitor';
import { receipts } from '@watchword/receipts';
import {
  createInstanceName,
  createLogger,
  loadConfig,
  startProcess,
  watchEventLoop,
  type Config,
  type RunningProcess,
} from '@watchword/runtime';
import { freePort, startEngines, waitFor, type Engines } from '@watchword/testkit';
import { verify } from '@watchword/verify';
import type { Logger } from 'pino';
import { publishAddresses, refreshAddresses, withdrawAddresses, type Addresses } from './addresses.ts';
import { prepareHome, simulatedProviders, type Home } from '@watchword/cli';
import { openLogFile } from './log-file.ts';
import type { Options } from './options.ts';
import { claimShare, underPrefix } from './share-engines.ts';

const NAME = 'standalone';
/** Until every part says it is ready: joining a consumer group is the slowest. */
const READY_MS = 30_000;
/** Seeds the simulator, so that two runs behave alike. */
const SEED = 1;
/** For the look at the configuration that comes before the engines: whether it is valid does not depend on them. */
const ENGINES_TO_COME = { REDIS_URL: 'redis://127.0.0.1:6379', KAFKA_BROKERS: '127.0.0.1:9092' };

type Env = Readonly<Record<string, string | undefined>>;

export interface Standalone {
  addresses: Addresses;
  home: Home;
  logPath: string;
  /** What is not ready just now, and why. */
  faults(): string[];
  /** @returns what did not stop in order */
  stop(): Promise<string[]>;
}

/** What has started so far, newest first: that is the order in which it stops. */
type Started = { name: string; stop: () => unknown }[];

/**
 * Everything in one process, behind one port, on a real Redis and a real Kafka, with the carriers played. What had started
 * is stopped again where the start fails.
 *
 * @throws the reason of `interrupted`; BaseError OTP_CONFIG_INVALID, OTP_ENGINES_UNAVAILABLE; the system's error for a taken port
 */
export async function runStandalone(
  options: Options,
  env: Env,
  onProgress: (line: string) => void,
  interrupted: AbortSignal,
): Promise<Standalone> {
  const dataDir = resolve(options.dataDir);
  mkdirSync(dataDir, { recursive: true });
  refreshAddresses(dataDir);
  const home = prepareHome(dataDir);
  const logPath = join(dataDir, 'standalone.log');
  const instance = createInstanceName(NAME);
  const log = fileLogger(logPath, instance);
  const started: Started = [{ name: 'event loop', stop: watchEventLoop({ log, name: NAME }) }];
  try {
    const simulator = await startSimulator(options, home, log, started);
    const environment = await findEnvironment(options, simulator);
    const read = (engines: typeof ENGINES_TO_COME): Config =>
      loadConfig(home.configPath, { env: { ...env, ...environment, ...engines } });
    read(ENGINES_TO_COME);
    onProgress('Looking for Redis and Kafka ...');
    const engines = await startEngines({ dataDir: join(dataDir, 'engines'), onProgress, signal: interrupted });
    started.unshift({ name: 'engines', stop: () => engines.stop() });
    onProgress(`Redis (${engines.origin.redis}) and Kafka (${engines.origin.kafka}) answer; starting the services ...`);
    const share = claimShare(engines);
    started.unshift({ name: 'share', stop: () => share.release() });
    const found = { REDIS_URL: engines.redisUrl, KAFKA_BROKERS: engines.kafkaBrokers.join(',') };
    const config = underPrefix(read(found), share.prefix);
    const running = await startServices(config, env, { instance, log }, started);
    await untilReady(running, interrupted);
    const addresses = {
      ...addressesOf(running, simulator, engines, home),
      environment: { ...environment, ...found },
      prefix: share.prefix,
    };
    started.unshift({ name: 'run.json', stop: () => withdrawAddresses(dataDir) });
    publishAddresses(dataDir, addresses);
    return { addresses, home, logPath, faults: () => faultsOf(running), stop: () => stopAll(started) };
  } catch (error) {
    if (error !== interrupted.reason) log.fatal({ err: error }, 'could not start');
    await stopAll(started);
    throw error;
  }
}

function fileLogger(path: string, instance: string): Logger {
  return createLogger({
    level: 'warn',
    service: NAME,
    instance,
    destination: openLogFile(path),
  });
}

async function stopAll(started: Started): Promise<string[]> {
  const failures: string[] = [];
  for (const { name, stop } of started.splice(0)) {
    try {
      await stop();
    } catch (error) {
      failures.push(`${name}: ${String(error)}`);
    }
  }
  return failures;
}

async function startSimulator(options: Options, home: Home, log: Logger, started: Started): Promise<CarrierSim> {
  const where = { host: '127.0.0.1', port: options.simulatorPort, smtpPort: 0, seed: SEED };
  const simulator = await startCarrierSim(
    { ...where, ...simulatedProviders(home) },
    { log: log.child({ service: 'carrier-sim' }) },
  );
  started.unshift({ name: 'carrier-sim', stop: () => simulator.stop() });
  return simulator;
}

/** The addresses that only this run knows, as the variables of a first configuration. */
async function findEnvironment(options: Options, simulator: CarrierSim): Promise<Readonly<Record<string, string>>> {
  const port = options.port === 0 ? await freePort() : await stillFree(options.port);
  return {
    HTTP_PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    CARRIER_SIM_URL: simulator.url,
    CARRIER_SIM_SMTP_PORT: String(simulator.smtpPort),
  };
}

/** Rejects as the services would a while later: what is wrong with the options is told first. */
async function stillFree(port: number): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
  return port;
}

async function startServices(
  config: Config,
  env: Env,
  { instance, log }: { instance: string; log: Logger },
  started: Started,
): Promise<RunningProcess> {
  const services = [dispatcher, delivery(CHANNELS, env['DEBUG']), receipts, verify, qualityMonitor, ingest];
  log.level = config.log.level;
  const running = await startProcess({ config, services, name: NAME, instance, log });
  started.unshift({
    name: 'services',
    stop: async () => {
      const report = await running.stop();
      if (report.outcome === 'hung') throw new Error(`${report.step} hung`);
      if (report.failures.length > 0) throw new Error(report.failures.join(', '));
    },
  });
  return running;
}

async function untilReady(running: RunningProcess, interrupted: AbortSignal): Promise<void> {
  const isReady = (): boolean => running.readiness.report().ready;
  const what = 'every part to be ready';
  await waitFor(() => interrupted.aborted || isReady(), { timeoutMs: READY_MS, what }).catch(() => {
    throw new Error(`not ready after ${READY_MS / 1000} s: ${faultsOf(running).join(', ')}`);
  });
  interrupted.throwIfAborted();
}

function faultsOf({ readiness }: RunningProcess): string[] {
  const parts = Object.entries(readiness.report().parts);
  return parts.flatMap(([name, part]) => (part.ready ? [] : [`${name} (${part.reason})`]));
}

function addressesOf(
  running: RunningProcess,
  simulator: CarrierSim,
  engines: Engines,
  home: Home,
): Omit<Addresses, 'environment' | 'prefix'> {
  return {
    api_url: running.url,
    api_key: home.secret('api-key'),
    inbox_url: simulator.inboxUrl,
    metrics_url: `${running.url}/metrics`,
    simulator_url: simulator.url,
    redis_url: engines.redisUrl,
    kafka_brokers: engines.kafkaBrokers,
    pids: [process.pid, ...engines.pids],
  };
}
