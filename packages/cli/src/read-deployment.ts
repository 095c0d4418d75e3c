import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BaseError } from '@watchword/contracts';
import { CONFIG_PATH_DEFAULT, CONFIG_PATH_VARIABLE, loadConfig, type Config } from '@watchword/runtime';

type Env = Readonly<Record<string, string | undefined>>;

/** What a running `npm start` writes beside its configuration. */
interface RunFile {
  environment?: Record<string, string>;
  prefix?: string;
}

/**
 * The configuration of the deployment that a command is for. Where an `npm start` runs on it, what only that run knows (the
 * engines' addresses, its share of them) is taken from its `run.json`, unless the caller names others.
 *
 * @throws BaseError OTP_CONFIG_INVALID
 */
export function readDeployment(given: string | undefined, env: Env): Config {
  const path = given ?? env[CONFIG_PATH_VARIABLE] ?? CONFIG_PATH_DEFAULT;
  const runPath = join(dirname(path), 'run.json');
  const run = existsSync(runPath) ? readRun(runPath, env) : undefined;
  try {
    const config = loadConfig(path, {
      env: { ...env, ...run?.environment },
      secretsFor: { keyRoles: [], providers: [] },
    });
    return underPrefix(config, run?.prefix ?? '');
  } catch (error) {
    if (!(error instanceof BaseError) || run || path !== CONFIG_PATH_DEFAULT) throw error;
    throw new BaseError(error.code, `${error.message}\nNo npm start runs here (there is no ${runPath}).`, {
      retry: false,
    });
  }
}

/** One that was killed leaves its file: who names other engines than it had does not mean that run. */
function readRun(path: string, env: Env): RunFile | undefined {
  const run = JSON.parse(readFileSync(path, 'utf8')) as RunFile;
  const names = Object.entries(run.environment ?? {});
  return names.every(([name, value]) => (env[name] ?? value) === value) ? run : undefined;
}

/** Runs beside each other on given engines have a prefix each. */
function underPrefix(config: Config, prefix: string): Config {
  const { redis, kafka } = config;
  return {
    ...config,
    redis: { ...redis, namespace: `${prefix}${redis.namespace}` },
    kafka: { ...kafka, topicPrefix: `${prefix}${kafka.topicPrefix}` },
  };
}
