import { ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor, type SpanExporter, type SpanProcessor } from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import type { Config } from '../../config/compile.ts';
import type { SpanCounter } from '../open-tracing.ts';

/** Spans that wait for the collector, of about 1 KB each. */
const SPANS_WAITING_MAX = 4_096;
/** Some 500 KB of JSON; collectors take 4 MB and more. */
const SPANS_PER_EXPORT_MAX = 512;
/** Between two exports while fewer wait: whoever has just made a call finds its trace, and a collector bears four small ones a second. */
const EXPORT_INTERVAL_MS = 250;
/** For one export with its repeats; what comes meanwhile waits. */
const EXPORT_MAX_MS = 5_000;
/** The processor's own limit, above the exporter's, which knows why. */
const EXPORT_GUARD_MS = EXPORT_MAX_MS + 1_000;

export interface ExportOptions {
  otlp: NonNullable<Config['tracing']>['otlp'];
  log: Logger;
  counter: SpanCounter;
}

/** Sends spans in the background. Whatever happens to them, nobody waits and nobody fails: what is lost is counted. */
export function createExport({ otlp, log, counter }: ExportOptions): SpanProcessor {
  const exporter = new OTLPTraceExporter({
    url: otlp.url,
    headers: Object.fromEntries(Object.entries(otlp.headers).map(([name, value]) => [name, value.reveal()])),
    timeoutMillis: EXPORT_MAX_MS,
    // one export at a time; the shutdown sends all that waits at once, beside the one that is under way
    concurrencyLimit: SPANS_WAITING_MAX / SPANS_PER_EXPORT_MAX + 1,
  });
  return bound(tellOutages(exporter, log), counter);
}

/** Drops what is too much before the SDK would, which tells nobody. */
function bound(exporter: SpanExporter, counter: SpanCounter): SpanProcessor {
  let waiting = 0;
  const counting: SpanExporter = {
    export(spans, done) {
      waiting -= spans.length;
      exporter.export(spans, (result) => {
        counter.inc({ outcome: result.code === ExportResultCode.SUCCESS ? 'exported' : 'failed' }, spans.length);
        done(result);
      });
    },
    shutdown: async () => exporter.shutdown(),
  };
  const batches = new BatchSpanProcessor({
    exporter: counting,
    maxQueueSize: SPANS_WAITING_MAX,
    maxExportBatchSize: SPANS_PER_EXPORT_MAX,
    scheduledDelayMillis: EXPORT_INTERVAL_MS,
    exportTimeoutMillis: EXPORT_GUARD_MS,
  });
  return {
    onStart: () => undefined,
    onEnd(span) {
      if (waiting >= SPANS_WAITING_MAX) return counter.inc({ outcome: 'dropped' });
      waiting += 1;
      batches.onEnd(span);
    },
    forceFlush: async () => batches.forceFlush(),
    // where one export fails the others are waited for all the same
    shutdown: async () => batches.shutdown().catch(async () => exporter.shutdown()),
  };
}

/** One line when the collector goes, one when it is back. */
function tellOutages(exporter: SpanExporter, log: Logger): SpanExporter {
  let away = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const failed = result.code !== ExportResultCode.SUCCESS;
        if (failed && !away) log.warn({ reason: reasonOf(result.error) }, 'the collector does not take traces');
        if (!failed && away) log.info('the collector takes traces again');
        away = failed;
        done(result);
      });
    },
    shutdown: async () => exporter.shutdown(),
  };
}

/** A system's code or HTTP's; the message may quote the collector's answer. */
function reasonOf(error: (Error & { code?: unknown }) | undefined): string {
  const code = error?.code ?? (error?.cause as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' || typeof code === 'number' ? String(code) : (error?.name ?? 'unknown');
}
