import { AsyncLocalStorage } from 'node:async_hooks';
import diagnostics from 'node:diagnostics_channel';

/**
 * Tells whether a `fetch` got as far as writing its request. A failure before that (refused, no such host, TLS, time-out
 * while connecting) certainly sent nothing, and another provider may be tried at once; a failure after it is a message
 * that may have gone out. Error codes alone cannot tell a time-out of one kind from the other.
 *
 * Source: Node's fetch publishes `undici:request:create` in the caller's async context and `undici:client:sendHeaders`
 * right before the first byte (https://nodejs.org/api/diagnostics_channel.html, undici `docs/api/DiagnosticsChannel.md`).
 */
export interface RequestTrace {
  created: boolean;
  written: boolean;
}

/** The versions this was tried with (Node 22-24). On others only the error codes below are believed. */
const PUBLISHES = /^[67]\./.test(process.versions.undici ?? '');

/** Codes that can only come before a connection stands. */
const BEFORE_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

const traces = new AsyncLocalStorage<RequestTrace>();
const traceOf = new WeakMap<object, RequestTrace>();
let listening = false;

/** Runs `work`, filling in the trace of the one request that it makes. */
export async function traceRequest<T>(trace: RequestTrace, work: () => Promise<T>): Promise<T> {
  listen();
  return traces.run(trace, work);
}

/** Whether an error thrown by a traced fetch means that nothing was sent. Unsure is no. */
export function certainlyNotSent(trace: RequestTrace, error: unknown): boolean {
  if (trace.written) return false;
  if (trace.created && PUBLISHES) return true;
  return BEFORE_CONNECTED.has(causeCode(error) ?? '');
}

/** The code of the error under a `TypeError: fetch failed`, e.g. `ECONNRESET`. */
export function causeCode(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

function listen(): void {
  if (listening) return;
  listening = true;
  diagnostics.subscribe('undici:request:create', (message) => {
    const trace = traces.getStore();
    if (!trace) return;
    trace.created = true;
    traceOf.set((message as { request: object }).request, trace);
  });
  diagnostics.subscribe('undici:client:sendHeaders', (message) => {
    const trace = traceOf.get((message as { request: object }).request);
    if (trace) trace.written = true;
  });
}
