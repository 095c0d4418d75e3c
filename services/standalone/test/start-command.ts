import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitFor } from '@watchword/testkit';
import { inject } from 'vitest';
import type { Addresses } from '../src/addresses.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** A start takes 4 s on an idle machine; this is for one that runs all the other tests beside it. */
const PATIENCE_MS = 50_000;

export interface Command {
  pid: number;
  /** Everything it has printed, on both streams. */
  output(): string;
  /** Waits until it has printed the text; fails at once where it ends before. */
  says(text: string): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** Its exit code, when it has ended. */
  ended: Promise<number | null>;
}

/** What `npm start -- <args>` runs, on the Redis and the Kafka of this test run. */
export function startCommand(dataDir: string, ...args: string[]): Command {
  return startCommandOn(inject('redisUrl'), dataDir, ...args);
}

/** The same where the address of Redis is written in another way: such runs share nothing with those of other tests. */
export function startCommandOn(redisUrl: string, dataDir: string, ...args: string[]): Command {
  const line = ['bootstrap.mjs', 'services/standalone/src/main.ts', '--data-dir', dataDir, ...args];
  const child = spawn(process.execPath, line, {
    cwd: ROOT,
    env: { ...process.env, REDIS_URL: redisUrl, KAFKA_BROKERS: inject('kafkaBrokers').join(',') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let hasEnded = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  }
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      hasEnded = true;
      resolve(code);
    });
  });
  return {
    pid: child.pid!,
    output: () => output,
    says: async (text) => {
      await waitFor(() => output.includes(text) || hasEnded, { timeoutMs: PATIENCE_MS, what: `"${text}"` });
      if (!output.includes(text)) throw new Error(`It ended without "${text}":\n${output}`);
    },
    signal: (name) => void child.kill(name),
    ended,
  };
}

/** What run.json says, or undefined where there is none. */
export function readAddresses(dataDir: string): Addresses | undefined {
  try {
    return JSON.parse(readFileSync(join(dataDir, 'run.json'), 'utf8')) as Addresses;
  } catch {
    return undefined;
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Whether anybody listens where the URL points. */
export async function listens(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
