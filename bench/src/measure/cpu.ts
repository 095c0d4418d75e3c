import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** What Linux counts processor time in, for every program: 100 a second. */
const TICKS_PER_SECOND = 100;
/** `utime` and `stime` of proc(5), counted behind the name, which may hold blanks. */
const UTIME_FIELD = 11;
const STIME_FIELD = 12;

/** Processor time that a process has used so far, in user mode and in the kernel, all threads. */
function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[UTIME_FIELD]) + Number(fields[STIME_FIELD])) / TICKS_PER_SECOND;
}

/** Processes by what they are: `verify`, `redis`, … */
export type Groups = Readonly<Record<string, readonly number[]>>;

/** CPU-seconds of each group from now until the function that comes back is called. */
export function meterCpu(groups: Groups): () => Record<string, number> {
  const read = (): Record<string, number> =>
    Object.fromEntries(
      Object.entries(groups).map(([name, pids]) => [name, pids.reduce((sum, pid) => sum + cpuSecondsOf(pid), 0)]),
    );
  const before = read();
  return () => Object.fromEntries(Object.entries(read()).map(([name, seconds]) => [name, seconds - before[name]!]));
}

/**
 * Gives the measured processes the last core for themselves and everything else the others: what loads a server must not
 * take its time. On a machine with one core nothing is pinned.
 */
export function pin(measured: readonly number[], others: readonly number[]): string {
  const cores = cpus().length;
  if (cores < 2) return 'one core for everything';
  const last = cores - 1;
  for (const pid of measured) assign(pid, String(last));
  for (const pid of [...others, process.pid]) assign(pid, `0-${last - 1}`);
  return `measured process on core ${last}, everything else on the other${cores > 2 ? 's' : ''}`;
}

/** Gives this process every core again: what it starts next would else be pinned with it. */
export function unpin(): void {
  if (cpus().length > 1) assign(process.pid, `0-${cpus().length - 1}`);
}

/** @param cores as `taskset` lists them; every thread of the process follows */
function assign(pid: number, cores: string): void {
  execFileSync('taskset', ['--all-tasks', '--pid', '--cpu-list', cores, String(pid)], { stdio: 'ignore' });
}
