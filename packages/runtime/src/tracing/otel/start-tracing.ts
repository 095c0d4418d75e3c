import { setTimeout as sleep } from 'node:timers/promises';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import { packageVersion } from '../../package-version.ts';
import type { TracingOptions } from '../open-tracing.ts';
import type { Tracing } from '../spans.ts';
import { createSpans } from './create-spans.ts';
import { createExport } from './export-spans.ts';

/** How long a process that stops waits for the collector; what it has not taken by then is lost. */
const FLUSH_MS = 3_000;

/** Spans by OpenTelemetry's SDK, sent by OTLP. Nothing global is registered: several processes may live in one. */
export function startTracing({ config, service, instance, log, counter }: TracingOptions): Tracing {
  const resource = resourceFromAttributes({
    'service.namespace': 'watchword',
    'service.name': service,
    'service.instance.id': instance,
    'service.version': packageVersion(),
  });
  const provider = new TracerProvider({
    // whoever asks for a span has decided already
    sampler: new AlwaysOnSampler(),
    resource: defaultResource().merge(resource),
    spanProcessors: [createExport({ otlp: config.otlp, log, counter })],
  });
  return {
    spans: createSpans((part) => provider.getTracer(`watchword.${part}`), config.sample, Math.random),
    async close() {
      const flushed = provider.shutdown().catch(() => undefined); // what failed is counted and told
      await Promise.race([flushed, sleep(FLUSH_MS, undefined, { ref: false })]);
    },
  };
}
