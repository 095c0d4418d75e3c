import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

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
}

export function writeAddresses(dataDir: string, addresses: Addresses): void {
  writeFileSync(join(dataDir, 'run.json'), `${JSON.stringify(addresses, undefined, 2)}\n`, { mode: 0o600 });
}

/** Takes the file away, unless a later start has written its own. */
export function removeAddresses(dataDir: string, apiUrl?: string): void {
  const path = join(dataDir, 'run.json');
  try {
    const known = JSON.parse(readFileSync(path, 'utf8')) as Addresses;
    if (apiUrl === undefined ? !known.pids.some(isAlive) : known.api_url === apiUrl) rmSync(path);
  } catch {
    // there is none, or it is not ours to understand
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
