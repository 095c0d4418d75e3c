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

function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  return manifest.version;
}
