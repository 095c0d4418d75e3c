import { spawn } from 'node:child_process';
import { endingWithParent } from './process-life.mjs';
import { waitFor } from './wait-for.ts';

const READY_TIMEOUT_MS = 20_000;
/** Longer than a service's own hard deadline for its shutdown, so that this one never decides. */
const STOP_TIMEOUT_MS = 20_000;
const OUTPUT_TAIL_CHARACTERS = 64 * 1024;

export interface ServiceProcess {
  name: string;
  pid: number;
  /** How it ended. Never rejects. */
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** SIGTERM, and SIGKILL after 20 s. Resolves when it has ended. */
  stop(): Promise<void>;
  /** Sends a signal (default SIGKILL) and does not wait. */
  kill(signal?: NodeJS.Signals): void;
  /** The last 64 kB of its standard output and standard error. */
  output(): string;
}

interface ServiceProcessOptions {
  name: string;
  /** Path of the script. */
  entry: string;
  args?: readonly string[];
  /** Added to this process's environment; `undefined` takes a variable away. */
  env?: Record<string, string | undefined>;
  /** Polled until it answers 2xx. */
  readyUrl?: string;
  /** Gets every chunk of the output as it comes. */
  log?: (chunk: string) => void;
}

/**
 * Starts a service's main.ts (or any script) as a process of its own that ends with this one, and waits until it is
 * ready, if there is a `readyUrl`. Throws with the end of its output if it ends or 20 s pass before.
 */
export async function startServiceProcess(options: ServiceProcessOptions): Promise<ServiceProcess> {
  const { child, exited, hasEnded, output } = spawnService(options);
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const killing = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(killing);
  };
  const { name, readyUrl } = options;
  try {
    if (readyUrl !== undefined) {
      const wait = { timeoutMs: READY_TIMEOUT_MS, intervalMs: 50, what: `${name} to be ready` };
      await waitFor(() => hasEnded() || answersOk(readyUrl), wait);
    }
    if (child.pid === undefined || (hasEnded() && readyUrl !== undefined)) throw new Error(`${name} ended at once`);
  } catch (error) {
    child.kill('SIGKILL');
    await exited;
    throw new Error(`${(error as Error).message}. Its output:\n${output()}`, { cause: error });
  }
  const kill = (signal: NodeJS.Signals = 'SIGKILL'): void => void child.kill(signal);
  return { name, pid: child.pid, exited, stop, kill, output };
}

function spawnService(options: ServiceProcessOptions) {
  const line = endingWithParent(process.execPath, [options.entry, ...(options.args ?? [])], 'SIGKILL');
  const child = spawn(line.command, line.args, {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output = (output + chunk).slice(-OUTPUT_TAIL_CHARACTERS);
      options.log?.(chunk);
    });
  }
  let hasEnded = false;
  const exited = new Promise<Awaited<ServiceProcess['exited']>>((resolve) => {
    child.once('error', (error) => {
      output += error.message;
      hasEnded = true;
      resolve({ code: null, signal: null });
    });
    // `close`, not `exit`: the output is complete then.
    child.once('close', (code, signal) => {
      hasEnded = true;
      resolve({ code, signal });
    });
  });
  return { child, exited, hasEnded: () => hasEnded, output: () => output };
}

async function answersOk(url: string): Promise<boolean> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  await answer.body?.cancel();
  return answer.ok;
}
