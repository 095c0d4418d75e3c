import { createStore } from '@watchword/verification';
import { createLogger, openEngines, type Engines } from '@watchword/runtime';
import { pino } from 'pino';
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
