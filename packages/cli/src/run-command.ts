import { createStore } from '@watchword/verification';
import { createLogger, openBus, openEngines, type Config, type Engines } from '@watchword/runtime';
import { pino, type Logger } from 'pino';
import { isControl, type ControlCommand } from './control/command.ts';
import { createControlTable } from './control/control-table.ts';
import { listControls } from './control/list.ts';
import { setControl } from './control/set.ts';
import { unsetControl } from './control/unset.ts';
import { createDeadLetters, type DeadLetters } from './dead/dead-letters.ts';
import { deadTopicsOf } from './dead/dead-topics.ts';
import { listDead } from './dead/list.ts';
import { replayDead } from './dead/replay.ts';
import { showDead } from './dead/show.ts';
import type { CommonOptions, DeploymentCommand } from './parse-arguments.ts';
import { readDeployment } from './read-deployment.ts';
import { recover } from './recover.ts';
import { runAnalysis } from './run-analysis.ts';
import type { Terminal } from './terminal.ts';

const NAME = 'watchword-cli';
const STDERR = 2;
/** What is written was acknowledged before; nothing is left to drain. */
const CLOSE_MS = 2_000;

/**
 * Carries out one command.
 *
 * @returns the exit code
 * @throws BaseError OTP_CONFIG_INVALID, OTP_STATE_UNAVAILABLE, OTP_BUS_UNAVAILABLE, OTP_QUEUE_UNAVAILABLE
 */
export async function runCommand(
  command: DeploymentCommand,
  options: CommonOptions,
  env: Readonly<Record<string, string | undefined>>,
  terminal: Terminal,
): Promise<number> {
  const config = readDeployment(options.config, env);
  const log = options.verbose
    ? createLogger({ level: 'debug', service: NAME, instance: NAME, destination: pino.destination(STDERR) })
    : pino({ level: 'silent' });
  if (isControl(command)) return runControl(command, config, log, terminal);
  if (command.name === 'export' || command.name === 'quality chart') {
    return runAnalysis(command, { config, name: NAME, log }, terminal);
  }
  const engines: Engines = await openEngines(config, { name: NAME, log });
  try {
    const store = createStore(engines.redis, { namespace: config.redis.namespace, owner: NAME });
    if (command.name === 'recover') return await recover(store, command, terminal);
    const queues = {
      connection: engines.queue('background'),
      namespace: config.redis.namespace,
      shards: config.delivery.shards,
    };
    const letters = createDeadLetters({ bus: engines.bus, store, queues, topics: deadTopicsOf(config), log });
    try {
      return await work(letters, command, terminal);
    } finally {
      await letters.close();
    }
  } finally {
    await engines.close();
  }
}

/** Needs Kafka alone. */
async function runControl(command: ControlCommand, config: Config, log: Logger, terminal: Terminal): Promise<number> {
  const bus = openBus(config, { name: NAME, log });
  const table = createControlTable(bus, config.region);
  try {
    switch (command.name) {
      case 'control set':
        return await setControl(table, config, command, terminal, Date.now());
      case 'control unset':
        return await unsetControl(table, command, terminal);
      case 'control list':
        return await listControls(table, command, terminal, Date.now());
    }
  } finally {
    await bus.close(CLOSE_MS);
  }
}

async function work(
  letters: DeadLetters,
  command: Extract<DeploymentCommand, { name: `dead ${string}` }>,
  terminal: Terminal,
): Promise<number> {
  switch (command.name) {
    case 'dead list':
      return listDead(letters, command, terminal, Date.now());
    case 'dead show':
      return showDead(letters, command, terminal);
    case 'dead replay':
      return replayDead(letters, command, terminal);
  }
}
