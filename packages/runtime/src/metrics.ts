import { readFileSync } from 'node:fs';
import { Gauge, Registry, collectDefaultMetrics } from 'prom-client';

export interface MetricsOptions {
  service: string;
  instance: string;
}

/**
 * A registry of its own per process, with Node's default metrics (CPU, memory, event loop lag, garbage collection) and
 * `watchword_build_info`. Every series carries `service` and `instance`.
 */
export function createMetrics(options: MetricsOptions): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service: options.service, instance: options.instance });
  collectDefaultMetrics({ register: registry });
  const buildInfo = new Gauge({
    name: 'watchword_build_info',
    help: 'Always 1; the labels say what runs.',
    labelNames: ['version', 'node'],
    registers: [registry],
  });
  buildInfo.set({ version: packageVersion(), node: process.version }, 1);
  return registry;
}

/** Masters of a Cluster by whether they take writes; no series where Redis is no Cluster. */
export function createMastersMetric(
  registry: Registry,
): (role: string, figures: { masters: number; lost: number }) => void {
  const gauge = new Gauge({
    name: 'watchword_redis_masters',
    help: 'Masters of a Redis Cluster, by role of the connection and by whether they take writes.',
    labelNames: ['role', 'state'],
    registers: [registry],
  });
  return (role, { masters, lost }) => {
    gauge.set({ role, state: 'writable' }, masters - lost);
    gauge.set({ role, state: 'lost' }, lost);
  };
}

function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  return manifest.version;
}
