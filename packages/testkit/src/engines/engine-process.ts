import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endingWithParent, identifyProcess, isAlive, readIdentity } from '../process-life.mjs';
import { waitFor } from '../wait-for.ts';
import { enginesUnavailable } from './engine.ts';

/** A killed process is gone at once; this is only for a machine under load. */
const KILL_TIMEOUT_MS = 5_000;
const LOG_TAIL_CHARACTERS = 2_000;

export interface EngineCommand {
  /** Names the pid file and the log file. */
  name: string;
  command: string;
  args: readonly string[];
  /** The engine's own folder. One engine at a time lives in it. */
  dir: string;
  /** What a clean stop may take before it is killed. */
  stopTimeoutMs: number;
  /** Rejects until the engine serves. */
  probe: () => Promise<void>;
  readyTimeoutMs: number;
  /** Nobody wants the engine any more: it is ended at once and the start rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

export interface EngineProcess {
  pid: number;
  /** SIGTERM, and SIGKILL after the deadline. */
  stop: () => Promise<void>;
  /** SIGKILL at once. */
  kill: () => Promise<void>;
}

/**
 * Starts an engine in a process group of its own (a Ctrl-C must reach the services first) that ends with this process,
 * writes its pid file, and waits until it serves. Throws OTP_ENGINES_UNAVAILABLE with the end of its log.
 */
export async function startEngineProcess(engine: EngineCommand): Promise<EngineProcess> {
  engine.signal?.throwIfAborted();
  mkdirSync(engine.dir, { recursive: true });
  await endStaleEngine(join(engine.dir, `${engine.name}.pid`));
  if (await serves(engine)) throw enginesUnavailable(`${engine.name}: Address already in use, something serves there`);
  const logPath = join(engine.dir, `${engine.name}.out`);
  const { pid, ended, kill } = spawnEngine(engine, logPath);

  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    const what = `${engine.name} (process ${pid}) to end`;
    kill(signal);
    try {
      await waitFor(() => ended() !== undefined, { timeoutMs: engine.stopTimeoutMs, what });
    } catch {
      kill('SIGKILL');
      await waitFor(() => ended() !== undefined, { timeoutMs: KILL_TIMEOUT_MS, what });
    }
  };
  try {
    // An engine that has ended, or is not wanted, will not serve any more: that ends the wait as well.
    await waitFor(() => ended() !== undefined || engine.signal?.aborted || engine.probe().then(() => true), {
      timeoutMs: engine.readyTimeoutMs,
      what: `${engine.name} to serve`,
    });
    engine.signal?.throwIfAborted();
    if (ended() !== undefined || pid === undefined) throw new Error(`${engine.name} ended at once (${ended()})`);
  } catch (error) {
    await end('SIGKILL');
    engine.signal?.throwIfAborted();
    const tail = readFileSync(logPath, 'utf8').slice(-LOG_TAIL_CHARACTERS).trim();
    throw enginesUnavailable(`${(error as Error).message}. The end of ${logPath}:\n${tail}`, error);
  }
  return { pid, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}

/** `ended` tells how it ended; `kill` of one that has ended does nothing. The pid file is there as long as the process. */
function spawnEngine(engine: EngineCommand, logPath: string) {
  const output = openSync(logPath, 'w');
  const line = endingWithParent(engine.command, engine.args, 'SIGTERM');
  const child = spawn(line.command, line.args, {
    cwd: engine.dir,
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  child.unref();
  const pidPath = join(engine.dir, `${engine.name}.pid`);
  if (child.pid !== undefined) writeFileSync(pidPath, JSON.stringify(identifyProcess(child.pid) ?? {}));
  let how: string | undefined;
  const endWithThisProcess = (): void => void child.kill('SIGTERM');
  process.once('exit', endWithThisProcess);
  const onEnd = (text: string): void => {
    how = text;
    process.off('exit', endWithThisProcess);
    rmSync(pidPath, { force: true });
  };
  child.once('error', (error) => onEnd(error.message));
  child.once('exit', (code, signal) => onEnd(signal ?? `exit code ${code}`));
  return { pid: child.pid, ended: () => how, kill: (signal: NodeJS.Signals) => child.kill(signal) };
}

/** Whoever serves there before the start would be taken for the engine. */
function serves(engine: EngineCommand): Promise<boolean> {
  return engine.probe().then(
    () => true,
    () => false,
  );
}

/**
 * Ends the engine of a pid file that an earlier run left (it was killed where nothing ends its children). The file names
 * the process with its start time, so that no stranger with the same pid is ever touched.
 */
export async function endStaleEngine(pidPath: string): Promise<void> {
  const stale = readIdentity(pidPath);
  if (!stale || !isAlive(stale)) return;
  // No clean stop: it would delay this start, and both engines recover from a crash.
  process.kill(stale.pid, 'SIGKILL');
  await waitFor(() => !isAlive(stale), { timeoutMs: KILL_TIMEOUT_MS, what: `the stale process ${stale.pid} to end` });
}
