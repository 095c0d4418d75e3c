import { causeCode, certainlyNotSent, traceRequest, type RequestTrace } from './request-trace.ts';

/**
 * One call through the SDK. The SDK has no default time-out, takes no AbortSignal, follows redirects with the text in
 * the body, and leaves an error's response unread; so its transport is replaced for the length of the call, while
 * serialising, authorization and parsing stay the SDK's own.
 */

/** The parts of the SDK's client that its `sendRequest` is made of (@vonage/server-client 1.23.1, `client.js`). */
interface SdkTransport {
  prepareRequest(request: SdkRequest): Promise<SdkRequest>;
  prepareBody(request: SdkRequest): string | undefined;
  parseResponse(request: SdkRequest, response: Response): Promise<unknown>;
}
interface SdkRequest {
  url: string;
  method: string;
  headers: Record<string, string>;
}

/** Answers are a few hundred bytes; a proxy's error page may be more, and is cut off. */
const ANSWER_MAX_BYTES = 64 * 1024;

export type CallResult<T> =
  | { outcome: 'answered'; value: T }
  | { outcome: 'refused'; status: number; headers: Headers; body: string }
  | { outcome: 'not-sent'; timedOut: boolean; code: string | undefined }
  | { outcome: 'unsure'; timedOut: boolean; code: string | undefined };

/** Calls the API with a client bound to the signal. Never throws. */
export async function callVonage<C extends object, T>(
  client: C,
  signal: AbortSignal,
  call: (client: C) => Promise<T>,
): Promise<CallResult<T>> {
  const trace: RequestTrace = { created: false, written: false };
  try {
    const value = await traceRequest(trace, async () => call(bindSignal(client, signal)));
    return { outcome: 'answered', value };
  } catch (error) {
    const response = errorResponse(error);
    // The SDK throws the same class for a 2xx whose JSON does not parse: that says nothing about the message.
    if (response?.ok) return { outcome: 'unsure', timedOut: false, code: `http_${response.status}` };
    if (response) {
      return { outcome: 'refused', status: response.status, headers: response.headers, body: await response.text() };
    }
    const outcome = certainlyNotSent(trace, error) ? 'not-sent' : 'unsure';
    return { outcome, timedOut: signal.aborted, code: causeCode(error) };
  }
}

function bindSignal<C extends object>(client: C, signal: AbortSignal): C {
  const sdk = client as unknown as SdkTransport;
  const sendRequest = async (request: SdkRequest): Promise<unknown> => {
    const prepared = await sdk.prepareRequest(request);
    const body = sdk.prepareBody(prepared);
    const response = await fetch(prepared.url, {
      method: prepared.method,
      headers: prepared.headers,
      signal,
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
    });
    return sdk.parseResponse(prepared, await readWhole(response));
  };
  return Object.create(client, { sendRequest: { value: sendRequest } }) as C;
}

/** The same response with its body in memory, so that no later reading can hang or grow. */
async function readWhole(response: Response): Promise<Response> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk as Uint8Array);
    size += (chunk as Uint8Array).byteLength;
    if (size > ANSWER_MAX_BYTES) break;
  }
  const bodiless = response.status === 204 || response.status === 205 || response.status === 304;
  const body = bodiless ? null : Buffer.concat(chunks).subarray(0, ANSWER_MAX_BYTES);
  return new Response(body, { status: response.status, headers: response.headers });
}

/** A VetchError carries the response; its message carries the status only. */
function errorResponse(error: unknown): Response | undefined {
  const response = error instanceof Error && 'response' in error ? error.response : undefined;
  return response instanceof Response ? response : undefined;
}
