import { METRICS, gaugeOf } from '@watchword/metrics';
import { Registry, collectDefaultMetrics } from 'prom-client';
import { packageVersion } from './package-version.ts';
import type { ReadinessReport } from './probes.ts';

export interface MetricsOptions {
  service: string;
  instance: string;
}

/**
 * A registry of its own per process, with Node's default metrics (CPU, memory, event loop lag, garbage collection) and
 * `watchword_build_info`. Every series carries `service`. Which process it is, Prometheus says itself, by a label `instance` of its
 * own; the name that the process has in logs is new at every start, and every series would be new with it.
 */
export function createMetrics(options: MetricsOptions): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service: options.service });
  collectDefaultMetrics({ register: registry });
  const running = { version: packageVersion(), node: process.version, service_instance_id: options.instance };
  gaugeOf(registry, METRICS.buildInfo).set(running, 1);
  return registry;
}

/** Masters of a Cluster by whether they take writes; no series where Redis is no Cluster. */
export function createMastersMetric(
  registry: Registry,
): (role: string, figures: { masters: number; lost: number }) => void {
  const gauge = gaugeOf(registry, METRICS.redisMasters);
  return (role, { masters, lost }) => {
    gauge.set({ role, state: 'writable' }, masters - lost);
    gauge.set({ role, state: 'lost' }, lost);
  };
}

/** What /readyz says, part by part and as a whole (`all`), at every scrape. */
export function showReadiness(registry: Registry, report: () => ReadinessReport): void {
  gaugeOf(registry, METRICS.ready, (gauge) => {
    gauge.reset();
    const { ready: all, parts } = report();
    gauge.set({ part: 'all' }, all ? 1 : 0);
    for (const [part, { ready }] of Object.entries(parts)) gauge.set({ part }, ready ? 1 : 0);
  });
}
