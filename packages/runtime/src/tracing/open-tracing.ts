import type { Logger } from 'pino';
import { Counter, type Registry } from 'prom-client';
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
  const counter: SpanCounter = new Counter({
    name: 'watchword_trace_spans_total',
    help: 'Spans by what became of them: exported, failed (the collector did not take them), dropped (too many waited).',
    labelNames: ['outcome'],
    registers: [metrics],
  });
  if (config === undefined) return undefined;
  const { startTracing } = await import('./otel/start-tracing.ts');
  return startTracing({ config, counter, ...rest });
}
