import { METRICS, counterOf } from '@watchword/metrics';
import type { Logger } from 'pino';
import type { Counter, Registry } from 'prom-client';
import type { Config } from '../config/compile.ts';
import type { Tracing } from './spans.ts';

export interface TracingOptions {
  config: NonNullable<Config['tracing']>;
  service: string;
  instance: string;
  log: Logger;
  counter: SpanCounter;
}

/** Spans by what became of them. */
export type SpanCounter = Counter<'outcome'>;

/** Where nothing is configured OpenTelemetry's SDK is not even loaded. */
export async function openTracing(
  config: Config['tracing'],
  { metrics, ...rest }: Omit<TracingOptions, 'config' | 'counter'> & { metrics: Registry },
): Promise<Tracing | undefined> {
  const counter = counterOf(metrics, METRICS.traceSpans);
  if (config === undefined) return undefined;
  const { startTracing } = await import('./otel/start-tracing.ts');
  return startTracing({ config, counter, ...rest });
}
