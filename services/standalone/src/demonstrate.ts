import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CheckAnswer, Problem, SendAnswer, VerificationView } from '@watchword/contracts';
import type { Addresses } from './addresses.ts';

/** A local run takes under a second; the rest is for a slow machine. */
const PATIENCE_MS = 30_000;
/** So that the timeline shows each step as it happens; local calls take a millisecond. */
const POLL_MS = 25;

export type Demonstration = { outcome: 'approved' } | { outcome: 'failed'; why: string } | { outcome: 'interrupted' };

/**
 * Sends one OTP the way a platform and a person would: over HTTP, with the code read from the phone's inbox. Prints its
 * timeline as it happens.
 */
export async function demonstrate(
  addresses: Addresses,
  print: (line: string) => void,
  interrupted: AbortSignal,
): Promise<Demonstration> {
  try {
    return await sendAndCheck(addresses, print, interrupted);
  } catch (error) {
    if (interrupted.aborted) return { outcome: 'interrupted' };
    return failed(`a call to the API failed: ${(error as Error).message}`);
  }
}

async function sendAndCheck(
  addresses: Addresses,
  print: (line: string) => void,
  interrupted: AbortSignal,
): Promise<Demonstration> {
  const startedAt = performance.now();
  const tell = (line: string): void =>
    print(`  ${`${Math.round(performance.now() - startedAt)} ms`.padStart(8)}  ${line}`);
  const to = fictionalNumber();
  const call = createCaller(addresses, interrupted);

  const started = await call('POST', '/v1/verifications', { to, channel: 'sms' });
  if (started.status !== 202) {
    return failed(`the start was answered ${started.status}: ${(started.body as Problem).detail}`);
  }
  const { id } = started.body as SendAnswer;
  tell(`started: ${id} for ${to}; its request is in Kafka`);

  const seen = await watchUntilCode(addresses, call, { id, to }, tell);
  if (seen.outcome === 'none') return failed(seen.why);
  const checked = await call('POST', `/v1/verifications/${id}/check`, { code: seen.code });
  if (checked.status !== 200) {
    return failed(`the check was answered ${checked.status}: ${(checked.body as Problem).detail}`);
  }
  const { status, valid } = checked.body as CheckAnswer;
  tell(`the code was typed: ${status}`);
  return valid ? { outcome: 'approved' } : failed(`the code was judged wrong, the verification is ${status}`);
}

function failed(why: string): Demonstration {
  return { outcome: 'failed', why };
}

/** Without 202, which the printed command uses: its number must not be in its cool-down. */
const AREA_CODES = ['206', '212', '303', '312', '415', '512', '617', '702'];

/** Numbers that North America keeps free for fiction, 555-0100 to 555-0199: nobody's. */
function fictionalNumber(): string {
  const area = AREA_CODES[randomInt(AREA_CODES.length)]!;
  return `+1${area}55501${String(randomInt(100)).padStart(2, '0')}`;
}

/** The body is what the API's contract says. */
type Call = (method: 'GET' | 'POST', path: string, body?: object) => Promise<{ status: number; body: unknown }>;

function createCaller({ api_url, api_key }: Addresses, signal: AbortSignal): Call {
  return async (method, path, body) => {
    const response = await fetch(`${api_url}${path}`, {
      method,
      signal,
      headers: { authorization: `Bearer ${api_key}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  };
}

type Seen = { outcome: 'code'; code: string } | { outcome: 'none'; why: string };

async function watchUntilCode(
  addresses: Addresses,
  call: Call,
  { id, to }: { id: string; to: string },
  tell: (line: string) => void,
): Promise<Seen> {
  const told = new Set<string>();
  const tellOnce = (line: string): void => {
    if (!told.has(line)) tell(line);
    told.add(line);
  };
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const body = (await call('GET', `/v1/verifications/${id}`)).body as VerificationView;
    for (const attempt of body.attempts) for (const line of describeAttempt(attempt)) tellOnce(line);
    const text = await lastText(addresses, to);
    if (text !== undefined) tellOnce(`the phone shows: “${text.split('\n')[0]}”`);
    const code = text && /\b\d{6}\b/.exec(text)?.[0];
    const isOver = performance.now() > until;
    // The receipt comes a moment after the text; it belongs to the picture, but a provider may send none.
    const hasReceipt = body.attempts.some(({ receipt }) => receipt === 'delivered');
    if (code && (hasReceipt || performance.now() > until - PATIENCE_MS / 2)) return { outcome: 'code', code };
    if (body.status !== 'pending') return { outcome: 'none', why: `it ended ${body.status} before a code came` };
    if (isOver) return { outcome: 'none', why: `no code came within ${PATIENCE_MS / 1000} s` };
    await sleep(POLL_MS);
  }
}

function describeAttempt({ provider, channel, state, error, receipt }: VerificationView['attempts'][number]): string[] {
  return [
    `attempt by ${provider} (${channel}): ${state}${error ? `, ${error}` : ''}`,
    ...(receipt ? [`receipt from ${provider}: ${receipt}`] : []),
  ];
}

async function lastText({ inbox_url }: Addresses, to: string): Promise<string | undefined> {
  const response = await fetch(`${inbox_url}?to=${encodeURIComponent(to)}`, {
    headers: { accept: 'application/json' },
  });
  const { messages } = (await response.json()) as { messages: { text: string }[] };
  return messages.at(-1)?.text;
}
