import type { EngineFiles } from '@watchword/testkit';

/** A line of the table. */
export interface Row {
  what: string;
  perSecond?: number;
  p50Ms?: number;
  p99Ms?: number;
  /** CPU-seconds for 10,000, by process. */
  cpuPer10k?: Readonly<Record<string, number>>;
}

/** A figure that is worth keeping: what the issue of a promise is measured by. */
export interface Mark {
  name: string;
  value: number;
  unit: string;
  /** What it has to be. */
  atLeast?: number;
  atMost?: number;
}

export interface Measurement {
  /** Who ran on which core. */
  pinned: string;
  rows: readonly Row[];
  marks: readonly Mark[];
}

export interface BenchTools {
  files: EngineFiles;
  /** For the engines' data. */
  dataDir: string;
  seed: number;
  tell(line: string): void;
}

export interface Bench {
  name: string;
  what: string;
  run(tools: BenchTools): Promise<Measurement>;
}

/** CPU-seconds of each process for 10,000 of what was done. */
export function per10k(seconds: Readonly<Record<string, number>>, count: number): Record<string, number> {
  return Object.fromEntries(Object.entries(seconds).map(([name, each]) => [name, (each / count) * 10_000]));
}
