import { fileURLToPath } from 'node:url';
import type { Channel } from '@watchword/contracts';
import { openStage, type Role, type Stage } from '@watchword/stage';
import { freePort, startServiceProcess, type ServiceProcess } from '@watchword/testkit';
import type { BenchTools } from './bench.ts';

/** Engines, simulator and the services that a bench measures; of the others none. */
export async function withStage<T>(
  { files, dataDir, seed }: BenchTools,
  counts: Partial<Record<Role, number>>,
  channels: readonly Channel[],
  use: (stage: Stage) => Promise<T>,
): Promise<T> {
  const none = { dispatcher: 0, delivery: 0, receipts: 0, verify: 0, ingest: 0 };
  const stage = await openStage({ files, dataDir, seed, engines: 'single', channels, counts: { ...none, ...counts } });
  try {
    return await use(stage);
  } finally {
    await stage.close(false);
  }
}

/** A server of this folder that does as little as can be done, as a process. */
export async function startCeiling(
  name: 'check' | 'start' | 'receipt',
  env: Record<string, string>,
): Promise<ServiceProcess & { url: string }> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const entry = fileURLToPath(new URL(`ceilings/${name}.ts`, import.meta.url));
  const started = await startServiceProcess({
    name: `ceiling-${name}`,
    entry,
    env: { PORT: String(port), KAFKA_BROKERS: undefined, ...env },
    readyUrl: `${url}/readyz`,
  });
  return { ...started, url };
}

export function pidsOf(stage: Stage, role: Role): number[] {
  return stage.services.instances(role).map((instance) => instance.pid()!);
}
