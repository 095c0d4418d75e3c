import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identifyProcess, isAlive, type ProcessIdentity } from '@watchword/testkit';

/** Where everything is: `run.json`, for scripts and tests. */
export interface Addresses {
  api_url: string;
  api_key: string;
  inbox_url: string;
  metrics_url: string;
  simulator_url: string;
  redis_url: string;
  kafka_brokers: string[];
  pids: number[];
  /** What the configuration's references to variables stand for in this run: with it a command reads the same configuration. */
  environment: Readonly<Record<string, string>>;
  /** Of its keys, topics and groups; empty unless several runs share engines that were given to them. */
  prefix: string;
}

interface Run {
  process: ProcessIdentity;
  startedAt: number;
  addresses: Addresses;
}

/**
 * Publishes this process's addresses as `run.json`. Beside it, `runs/` holds those of every run of this folder: `run.json`
 * is always the newest one that is alive, whichever of them ends first.
 */
export function publishAddresses(dataDir: string, addresses: Addresses): void {
  mkdirSync(runsFolder(dataDir), { recursive: true, mode: 0o700 });
  const run: Run = { process: identifyProcess(process.pid)!, startedAt: Date.now(), addresses };
  writeWhole(runFile(dataDir, process.pid), run);
  refreshAddresses(dataDir);
}

/** Takes this process's addresses back. */
export function withdrawAddresses(dataDir: string): void {
  rmSync(runFile(dataDir, process.pid), { force: true });
  refreshAddresses(dataDir);
}

/** Drops what runs left that were killed, and `run.json` with the last of them. */
export function refreshAddresses(dataDir: string): void {
  const newest = livingRuns(dataDir).toSorted((a, b) => b.startedAt - a.startedAt)[0];
  if (newest) writeWhole(join(dataDir, 'run.json'), newest.addresses);
  else rmSync(join(dataDir, 'run.json'), { force: true });
}

function livingRuns(dataDir: string): Run[] {
  return runFiles(dataDir).flatMap((path) => {
    const run = readRun(path);
    if (run && isAlive(run.process)) return [run];
    rmSync(path, { force: true });
    return [];
  });
}

function readRun(path: string): Run | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Run;
  } catch {
    return undefined; // another run took it away meanwhile
  }
}

function runFiles(dataDir: string): string[] {
  try {
    const names = readdirSync(runsFolder(dataDir)).filter((name) => name.endsWith('.json'));
    return names.map((name) => join(runsFolder(dataDir), name));
  } catch {
    return []; // nothing has run here yet
  }
}

/** Nobody ever reads half a file. */
function writeWhole(path: string, content: object): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}

function runsFolder(dataDir: string): string {
  return join(dataDir, 'runs');
}

function runFile(dataDir: string, pid: number): string {
  return join(runsFolder(dataDir), `${pid}.json`);
}
