import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as it came over OTLP, in plain words. */
export interface CollectedSpan {
  traceId: string;
  spanId: string;
  /** Undefined for the first of its trace. */
  parentId: string | undefined;
  name: string;
  kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  failed: boolean;
  attributes: Record<string, string | number>;
  links: { traceId: string; spanId: string }[];
  /** Of the process. */
  resource: Record<string, string | number>;
  /** The part of the product. */
  scope: string;
  startMs: number;
  endMs: number;
}

export interface TraceCollector {
  /** For `tracing.otlp.url`. */
  url: string;
  spans: () => readonly CollectedSpan[];
  /** What was sent, as text. */
  bodies: () => readonly string[];
  /** Of the last export. */
  headers: () => IncomingHttpHeaders;
  /** From now on: the status that every export is answered, or `hang` for none at all. */
  answer: (how: number | 'hang') => void;
  stop: () => Promise<void>;
}

const TRACES_PATH = '/v1/traces';
const KINDS = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const STATUS_ERROR = 2;

/** A collector that takes traces by OTLP/HTTP as JSON, over a real socket. https://opentelemetry.io/docs/specs/otlp/#otlphttp */
export async function startTraceCollector(): Promise<TraceCollector> {
  const spans: CollectedSpan[] = [];
  const bodies: string[] = [];
  let headers: IncomingHttpHeaders = {};
  let how: number | 'hang' = 200;
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      headers = request.headers;
      bodies.push(body);
      if (how === 'hang') return;
      const status = request.url === TRACES_PATH ? how : 404;
      if (status === 200) spans.push(...decode(JSON.parse(body) as Otlp));
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${TRACES_PATH}`,
    spans: () => spans,
    bodies: () => bodies,
    headers: () => headers,
    answer: (next) => void (how = next),
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** As much of https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto as tests look at. */
interface Otlp {
  resourceSpans: {
    resource: { attributes: KeyValue[] };
    scopeSpans: { scope: { name: string }; spans: OtlpSpan[] }[];
  }[];
}
interface KeyValue {
  key: string;
  value: { stringValue?: string; intValue?: number | string; doubleValue?: number };
}
interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: KeyValue[];
  links?: { traceId: string; spanId: string }[];
  status?: { code?: number };
}

function decode({ resourceSpans }: Otlp): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span) => ({
        traceId: span.traceId,
        spanId: span.spanId,
        parentId: span.parentSpanId || undefined,
        name: span.name,
        kind: KINDS[span.kind] ?? 'internal',
        failed: span.status?.code === STATUS_ERROR,
        attributes: toRecord(span.attributes),
        links: (span.links ?? []).map(({ traceId, spanId }) => ({ traceId, spanId })),
        resource: toRecord(resource.attributes),
        scope: scope.name,
        startMs: Number(BigInt(span.startTimeUnixNano) / 1_000_000n),
        endMs: Number(BigInt(span.endTimeUnixNano) / 1_000_000n),
      })),
    ),
  );
}

function toRecord(pairs: readonly KeyValue[]): Record<string, string | number> {
  return Object.fromEntries(
    pairs.map(({ key, value }) => [
      key,
      value.stringValue ?? Number(value.intValue ?? value.doubleValue ?? Number.NaN),
    ]),
  );
}
