import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { startCarrierSim } from '@watchword/carrier-sim';
import { CHANNELS } from '@watchword/contracts';
import { delivery } from '@watchword/delivery';
import { dispatcher } from '@watchword/dispatcher';
import { ingest } from '@watchword/ingest';
import { receipts } from '@watchword/receipts';
import { createInstanceName, createLogger, loadConfig, startProcess, type RunningProcess } from '@watchword/runtime';
import { freePort, startEngines, waitFor, type Engines } from '@watchword/testkit';
import { verify } from '@watchword/verify';
import { removeAddresses, writeAddresses, type Addresses } from './addresses.ts';
import { prepareHome, type Home } from './first-run.ts';
import type { Options } from './options.ts';
import { simulatedProviders } from './simulated-providers.ts';

const NAME = 'standalone';
/** Until every part says it is ready: joining a consumer group is the slowest. */
const READY_MS = 30_000;
/** Seeds the simulator, so that two runs behave alike. */
const SEED = 1;

export interface Standalone {
  addresses: Addresses;
  configPath: string;
  first: boolean;
  /** @returns what did not stop in order */
  stop(): Promise<string[]>;
}

/** Everything in one process, behind one port, on a real Redis and a real Kafka, with the carriers played. */
export async function runStandalone(
  options: Options,
  env: Readonly<Record<string, string | undefined>>,
  onProgress: (line: string) => void,
): Promise<Standalone> {
  const dataDir = resolve(options.dataDir);
  mkdirSync(dataDir, { recursive: true });
  removeAddresses(dataDir);
  const home = prepareHome(dataDir);
  // what has started so far, newest first: a failure on the way takes it down again
  const started: { name: string; stop(): Promise<unknown> }[] = [];
  const stop = async (): Promise<string[]> => {
    const failures: string[] = [];
    for (const { name, stop: end } of started.splice(0)) {
      await end().catch((error: unknown) => failures.push(`${name}: ${String(error)}`));
    }
    return failures;
  };
  try {
    const engines = await startEngines({ dataDir: resolve(dataDir, 'engines'), onProgress });
    started.unshift({ name: 'engines', stop: async () => engines.stop() });
    onProgress(`Redis (${engines.origin.redis}) and Kafka (${engines.origin.kafka}) answer`);
    const process_ = await startServices(options, env, home, engines, started);
    await waitFor(() => process_.running.readiness.report().ready, {
      timeoutMs: READY_MS,
      what: 'every part to be ready',
    });
    const { addresses } = process_;
    writeAddresses(dataDir, addresses);
    started.unshift({ name: 'run.json', stop: async () => removeAddresses(dataDir, addresses.api_url) });
    return { addresses, configPath: home.configPath, first: home.first, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startServices(
  options: Options,
  env: Readonly<Record<string, string | undefined>>,
  home: Home,
  engines: Engines,
  started: { name: string; stop(): Promise<unknown> }[],
): Promise<{ running: RunningProcess; addresses: Addresses }> {
  const instance = createInstanceName(NAME);
  const simulator = await startCarrierSim(
    { host: '127.0.0.1', port: options.simulatorPort, smtpPort: 0, seed: SEED, ...simulatedProviders(home) },
    { log: createLogger({ level: 'warn', service: 'carrier-sim', instance }) },
  );
  started.unshift({ name: 'carrier-sim', stop: async () => simulator.stop() });

  const port = options.port === 0 ? await freePort() : options.port;
  const given = {
    HTTP_PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    REDIS_URL: engines.redisUrl,
    KAFKA_BROKERS: engines.kafkaBrokers.join(','),
    CARRIER_SIM_URL: simulator.url,
    CARRIER_SIM_SMTP_PORT: String(simulator.smtpPort),
  };
  const config = loadConfig(home.configPath, { env: { ...env, ...given } });
  const services = [
    dispatcher,
    ...CHANNELS.map((channel) => delivery(channel, env['DEBUG'])),
    receipts,
    verify,
    ingest,
  ];
  const running = await startProcess({ config, services, name: NAME, instance });
  started.unshift({
    name: 'services',
    stop: async () => {
      const report = await running.stop();
      if (report.outcome === 'hung') throw new Error(`${report.step} hung`);
      if (report.failures.length > 0) throw new Error(report.failures.join(', '));
    },
  });
  const addresses = {
    api_url: running.url,
    api_key: home.secret('api-key'),
    inbox_url: simulator.inboxUrl,
    metrics_url: `${running.url}/metrics`,
    simulator_url: simulator.url,
    redis_url: engines.redisUrl,
    kafka_brokers: engines.kafkaBrokers,
    pids: [process.pid, ...engines.pids],
  };
  return { running, addresses };
}
