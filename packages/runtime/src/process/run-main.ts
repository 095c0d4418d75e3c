import { BaseError } from '@watchword/contracts';
import type { Logger } from 'pino';
import { CONFIG_PATH_DEFAULT, CONFIG_PATH_VARIABLE, loadConfig } from '../config/load-config.ts';
import { createLogger } from '../logging/create-logger.ts';
import type { Service } from './service.ts';
import { STOP_DEADLINE_MS, createInstanceName, startProcess } from './start-process.ts';
import type { StopReport } from './stop-in-order.ts';
import { watchEventLoop } from './watch-event-loop.ts';

export interface RunMainOptions {
  /** The process's name: the service's. */
  name: string;
  services: readonly Service[];
  env: Readonly<Record<string, string | undefined>>;
  /** For the shutdown after `http.drain_ms`. Default 15 s. */
  stopDeadlineMs?: number;
}

/**
 * A service's whole main: configuration, start, wait for SIGTERM or SIGINT, ordered shutdown. Exit codes: 0 stopped in
 * order, 1 it did not start, hung, failed on the way down or broke, 70 its event loop was
 * blocked for 20 s (137 in native code), 128 + n a second signal n came.
 */
export async function runMain(options: RunMainOptions): Promise<void> {
  const signals = listenForSignals(options.stopDeadlineMs ?? STOP_DEADLINE_MS);
  const { config, log, instance } = prepare(options);
  signals.prepared(log, config.http.drainMs);
  watchEventLoop({ log, name: options.name });
  exitOnBreakage(log);
  try {
    const running = await startProcess({ config, services: options.services, name: options.name, instance, log });
    const signal = await signals.first;
    log.info({ signal }, 'stopping');
    const report = await running.stop(options.stopDeadlineMs);
    logReport(log, report);
    exit(log, report.outcome === 'stopped' && report.failures.length === 0 ? 0 : 1);
  } catch (error) {
    log.fatal({ err: error }, 'could not start');
    exit(log, 1);
  }
}

function prepare(options: RunMainOptions) {
  const secretsFor = {
    keyRoles: options.services.flatMap((service) => service.keyRoles),
    providers: options.services.flatMap((service) => service.providerSecrets ?? []),
  };
  try {
    const path = options.env[CONFIG_PATH_VARIABLE] ?? CONFIG_PATH_DEFAULT;
    const config = loadConfig(path, { env: options.env, secretsFor });
    const instance = createInstanceName(options.name);
    return { config, instance, log: createLogger({ level: config.log.level, service: options.name, instance }) };
  } catch (error) {
    if (!(error instanceof BaseError)) throw error;
    // For a person at a terminal, who needs the lines of the file and no JSON; secrets are not in it.
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

/** Heard from the first moment on, so that a start that hangs can be ended too. */
function listenForSignals(deadlineMs: number) {
  const { promise: first, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let log: Logger | undefined;
  let drainMs = 0;
  let count = 0;
  const onSignal = (signal: NodeJS.Signals, number: number) => {
    count += 1;
    if (count > 1) {
      log?.warn({ signal }, 'a second signal: ending at once');
      exit(log, 128 + number);
    }
    resolve(signal);
    // The shutdown has the same deadline of its own and reports what hung; this one also covers a start that hangs.
    setTimeout(
      () => {
        log?.fatal('not stopped in time');
        exit(log, 1);
      },
      drainMs + deadlineMs + 500,
    ).unref();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return {
    first,
    prepared: (logger: Logger, configuredDrainMs: number) => {
      log = logger;
      drainMs = configuredDrainMs;
    },
  };
}

/** After either, nobody knows what state the process is in: leases and the uniform outbox make a death harmless. */
function exitOnBreakage(log: Logger): void {
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught exception');
    exit(log, 1);
  });
  process.on('unhandledRejection', (reason) => {
    log.fatal({ err: reason }, 'unhandled rejection');
    exit(log, 1);
  });
}

function logReport(log: Logger, report: StopReport): void {
  if (report.outcome === 'hung') log.fatal({ step: report.step }, 'the shutdown hung');
  else if (report.failures.length > 0) log.error({ steps: report.failures }, 'stopped, not all in order');
  else log.info('stopped');
}

function exit(log: Logger | undefined, code: number): never {
  log?.flush();
  process.exit(code);
}
