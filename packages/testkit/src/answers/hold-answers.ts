import { afterAll, afterEach } from 'vitest';
import type { HeardAnswer } from './answer-contract.ts';
import { isOurs } from './is-ours.ts';

/**
 * Vitest runs it before every file of integration tests: whoever calls Watchword by `fetch` in them, its answers are held
 * against OpenAPI. The test during which one came that breaks it fails.
 */
const breaches: string[] = [];
const send = globalThis.fetch;

globalThis.fetch = async (input, init) => {
  const request = { url: urlOf(input), method: init?.method ?? (input instanceof Request ? input.method : 'GET') };
  const response = await send(input, init);
  const { status, headers } = response;
  // another's may have no end
  if (!isOurs(request.url, headers) || headers.get('content-type')?.startsWith('text/event-stream')) return response;
  // who hung up meanwhile learns it from the answer itself
  const text = await response
    .clone()
    .text()
    .catch(() => undefined);
  if (text === undefined) return response;
  const faults = await judge({ ...request, status, headers, text });
  breaches.push(...faults.map((fault) => `${request.method} ${new URL(request.url).pathname} → ${status}: ${fault}`));
  return response;
};

let contract: Promise<(answer: HeardAnswer) => string[]> | undefined;

/** The contract takes its time to load, and most files call nobody. */
async function judge(answer: HeardAnswer): Promise<string[]> {
  contract ??= import('./answer-contract.ts').then(({ createAnswerContract }) => createAnswerContract());
  return (await contract)(answer);
}

function urlOf(input: string | URL | Request): string {
  return input instanceof Request ? input.url : String(input);
}

/** What broke OpenAPI since the last call. */
export function takeBreaches(): string[] {
  return breaches.splice(0);
}

function failOnBreaches(): void {
  const found = takeBreaches();
  if (found.length > 0) throw new Error(`Answers break OpenAPI:\n${[...new Set(found)].join('\n')}`);
}

afterEach(failOnBreaches);
// what came while a file's engines and services were stopped
afterAll(failOnBreaches);
