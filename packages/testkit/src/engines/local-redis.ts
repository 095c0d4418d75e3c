import { onFreePort } from '../free-port.ts';
import { startEngineProcess, type EngineProcess } from './engine-process.ts';
import { probeRedis } from './probe.ts';

const STOP_TIMEOUT_MS = 10_000;
/** An append-only file of a few hundred MB is read back within this. */
const READY_TIMEOUT_MS = 30_000;

export interface LocalEngine extends EngineProcess {
  port: number;
}

/**
 * A Redis of its own: loopback, append-only file flushed every second, noeviction. Its data stays in `dir`, so a start
 * with the same `dir` finds it again. `port`: a free one unless given.
 */
export function startLocalRedis(options: {
  binary: string;
  dir: string;
  port?: number | undefined;
  /** Further settings, as in redis.conf. It must answer a PING on `port` without TLS all the same. */
  settings?: Readonly<Record<string, string>> | undefined;
  /** Of the default user, where the settings name one. */
  password?: string | undefined;
  /** Gives the start up. */
  signal?: AbortSignal | undefined;
}): Promise<LocalEngine> {
  const start = (port: number): Promise<LocalEngine> => startOn(port, options);
  return options.port === undefined ? onFreePort(start) : start(options.port);
}

async function startOn(
  port: number,
  { binary, dir, settings: more, password, signal }: Omit<Parameters<typeof startLocalRedis>[0], 'port'>,
): Promise<LocalEngine> {
  const settings = {
    bind: '127.0.0.1',
    port: String(port),
    dir,
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
    'maxmemory-policy': 'noeviction',
    loglevel: 'warning',
    ...more,
  };
  const login = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
  const engine = await startEngineProcess({
    name: 'redis',
    command: binary,
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    dir,
    stopTimeoutMs: STOP_TIMEOUT_MS,
    probe: () => probeRedis(`redis://${login}127.0.0.1:${port}`),
    readyTimeoutMs: READY_TIMEOUT_MS,
    signal,
  });
  return { ...engine, port };
}
