import { AsyncLocalStorage } from 'node:async_hooks';
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
  type Context,
  type Link,
  type SpanContext,
  type Tracer,
} from '@opentelemetry/api';
import { BaseError } from '@watchword/contracts';
import { ATTRIBUTE } from '../attributes.ts';
import type { OpenSpan, SpanOrigin, SpanStart, Spans } from '../spans.ts';
import { formatTraceparent, parseTraceparent, type TraceContext } from '../traceparent.ts';

const KINDS: Record<SpanStart['kind'], SpanKind> = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
};

interface Active extends OpenSpan {
  readonly context: TraceContext;
}

/** What a span hangs under, and what it is linked to; `none`: there is to be no span. */
type Place = { under: TraceContext | undefined; link?: TraceContext } | 'none';

/** @param share of the traces that may begin here, 0 to 1 */
export function createSpans(tracerOf: (part: string) => Tracer, share: number, random: () => number): Spans {
  const current = new AsyncLocalStorage<Active | undefined>();

  function place(origin: SpanOrigin): Place {
    const active = current.getStore()?.context;
    switch (origin.from) {
      case 'outside': {
        const given = parseTraceparent(origin.traceparent);
        if (given) return given.sampled ? { under: given } : 'none';
        return origin.mayBegin && random() < share ? { under: undefined } : 'none';
      }
      case 'verification': {
        const start = parseTraceparent(origin.traceparent);
        if (!start?.sampled || start.traceId === active?.traceId) return active ? { under: active } : 'none';
        return { under: start, ...(active && { link: active }) };
      }
      case 'here':
        return active ? { under: active } : 'none';
    }
  }

  function createFor(part: string): Spans {
    const tracer = tracerOf(part);
    const open = (start: SpanStart): Active | undefined => {
      const at = place(start.origin);
      return at === 'none' ? undefined : openSpan(tracer, start, at);
    };
    return {
      of: createFor,
      open,
      within: (span, work) => current.run(span as Active | undefined, work),
      active: () => current.getStore()?.traceparent,
      async run(start, work) {
        const span = open(start);
        if (!span) return start.origin.from === 'outside' ? current.run(undefined, work, undefined) : work(undefined);
        try {
          return await current.run(span, work, span);
        } catch (error) {
          span.fail(typeOf(error));
          throw error;
        } finally {
          span.end();
        }
      },
    };
  }
  return createFor('process');
}

function openSpan(tracer: Tracer, start: SpanStart, { under, link }: Exclude<Place, 'none'>): Active {
  const options = {
    kind: KINDS[start.kind],
    attributes: start.attributes,
    links: link ? ([{ context: spanContext(link) }] satisfies Link[]) : [],
    ...(start.begunMs !== undefined && { startTime: start.begunMs }),
  };
  const span = tracer.startSpan(start.name, options, under ? parentContext(under) : ROOT_CONTEXT);
  const { traceId, spanId } = span.spanContext();
  const context = { traceId, spanId, sampled: true };
  return {
    context,
    traceparent: formatTraceparent(context),
    set: (attributes) => void span.setAttributes(attributes),
    fail(type) {
      // without the message: it may quote anything
      span.setStatus({ code: SpanStatusCode.ERROR });
      span.setAttribute(ATTRIBUTE.errorType, type);
    },
    end: () => span.end(),
  };
}

function parentContext(parent: TraceContext): Context {
  return trace.setSpanContext(ROOT_CONTEXT, spanContext(parent));
}

function spanContext({ traceId, spanId }: TraceContext): SpanContext {
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true };
}

function typeOf(error: unknown): string {
  if (error instanceof BaseError) return error.code;
  return error instanceof Error ? error.name : typeof error;
}
