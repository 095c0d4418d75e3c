import { parseTraceparent } from './traceparent.ts';

/** Never an address, a code, a text, a key or a path: ids, counts, and words of ours. */
export type SpanAttributes = Readonly<Record<string, string | number>>;

/** Where a span belongs. */
export type SpanOrigin =
  /**
   * It begins with what came into this process, whatever is active there. Without a context it begins a trace of its own in the
   * configured share of all cases if it `mayBegin` one; one that says it is not sampled is not.
   */
  | { from: 'outside'; traceparent: string | undefined; mayBegin: boolean }
  /**
   * In the trace of a verification, where that has one: under the active span of the same trace, else under the start, with a
   * link to what is active. Otherwise as `here`.
   */
  | { from: 'verification'; traceparent: string | undefined }
  /** Under the active span; without one there is none. */
  | { from: 'here' };

export interface SpanStart {
  name: string;
  kind: 'server' | 'client' | 'producer' | 'consumer' | 'internal';
  origin: SpanOrigin;
  attributes: SpanAttributes;
  /** When it began, where that was before now; ms since 1970. */
  begunMs?: number;
}

export interface OpenSpan {
  /** W3C trace context of this span, to be handed on. */
  readonly traceparent: string;
  set(attributes: SpanAttributes): void;
  /** It ended badly. `type` is a code or a class of ours. */
  fail(type: string): void;
  end(): void;
}

/** A way to tell what one verification goes through. It exists only where tracing is configured. */
export interface Spans {
  /** The same, named for a part of the product. */
  of(part: string): Spans;
  /** Undefined where nothing is recorded: not sampled. The caller ends it. */
  open(start: SpanStart): OpenSpan | undefined;
  /** Calls `work` with the span active, or with none. */
  within<T>(span: OpenSpan | undefined, work: () => T): T;
  /** Does `work` in a span of its own, which ends with it; a throw is told by its code. */
  run<T>(start: SpanStart, work: (span: OpenSpan | undefined) => Promise<T>): Promise<T>;
  /** The context of the active span. */
  active(): string | undefined;
}

/** What a process traces by, until it stops. */
export interface Tracing {
  spans: Spans;
  /** Sends what waits, for 3 s at most. Never rejects. */
  close: () => Promise<void>;
}

/**
 * The trace that goes with what is begun now: that of the active span, and where this process does not trace, the one that came
 * with the call. One that is not sampled goes nowhere: it would cost room in every record and tell nobody anything.
 */
export function traceToCarry(spans: Spans | undefined, given: unknown): string | undefined {
  if (spans) return spans.active();
  return parseTraceparent(given)?.sampled === true ? (given as string) : undefined;
}
