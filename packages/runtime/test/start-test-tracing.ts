import { startTraceCollector, waitFor, type CollectedSpan, type TraceCollector } from '@watchword/testkit';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { onTestFinished } from 'vitest';
import { Secret } from '../src/config/secret.ts';
import { openTracing } from '../src/tracing/open-tracing.ts';
import type { Tracing } from '../src/tracing/spans.ts';

export const CALLER = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
export const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
export const CALLER_SPAN = '00f067aa0ba902b7';

export interface TestTracing extends Tracing {
  collector: TraceCollector;
  metrics: Registry;
  lines: string[];
  /** Waits until the collector has so many spans, and gives them by name. */
  collected: (count: number) => Promise<Record<string, CollectedSpan>>;
}

/** Tracing into a collector of the test's own. */
export async function startTestTracing(sample = 1): Promise<TestTracing> {
  const collector = await startTraceCollector();
  const metrics = new Registry();
  const lines: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line) => void lines.push(line) });
  const headers = { authorization: new Secret('Bearer hunter2', '${env:OTLP}') };
  const config = { otlp: { url: collector.url, headers }, sample };
  const tracing = await openTracing(config, { service: 'ingest', instance: 'ingest-1', log, metrics });
  if (!tracing) throw new Error('tracing is off');
  onTestFinished(async () => {
    await tracing.close();
    await collector.stop();
  });
  const collected = async (count: number): Promise<Record<string, CollectedSpan>> => {
    await waitFor(() => collector.spans().length >= count, { timeoutMs: 10_000, what: `${count} spans` });
    return Object.fromEntries(collector.spans().map((span) => [span.name, span]));
  };
  return { ...tracing, collector, metrics, lines, collected };
}
