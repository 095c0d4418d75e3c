import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { VerificationView } from '@watchword/contracts';
import type { Addresses } from './addresses.ts';

/** A local run takes under a second; the rest is for a slow machine. */
const PATIENCE_MS = 30_000;
const POLL_MS = 25;

export type Demonstration = { outcome: 'approved' } | { outcome: 'failed'; why: string };

/**
 * Sends one OTP the way a platform and a person would: over HTTP, with the code read from the phone's inbox. Prints its
 * timeline as it happens.
 */
export async function demonstrate(addresses: Addresses, print: (line: string) => void): Promise<Demonstration> {
  const startedAt = performance.now();
  const tell = (line: string): void =>
    print(`  ${`${Math.round(performance.now() - startedAt)} ms`.padStart(8)}  ${line}`);
  const to = fictionalNumber();
  const call = createCaller(addresses);

  const started = await call<{ id: string; detail?: string }>('POST', '/v1/verifications', { to, channel: 'sms' });
  if (started.status !== 202) return failed(`the start was answered ${started.status}: ${started.body.detail ?? ''}`);
  const { id } = started.body;
  tell(`started: ${id} for ${to}; its request is in Kafka`);

  const code = await watchUntilCode(addresses, call, { id, to }, tell);
  if (code === undefined) return failed('no code came within 30 s; /readyz and the log say more');
  const checked = await call<{ status: string; valid: boolean; generation: number }>(
    'POST',
    `/v1/verifications/${id}/check`,
    { code },
  );
  if (checked.status !== 200 || !checked.body.valid) return failed(`the check was answered ${checked.status}`);
  tell(`the code was typed: ${checked.body.status}, by generation ${checked.body.generation}`);
  return { outcome: 'approved' };
}

function failed(why: string): Demonstration {
  return { outcome: 'failed', why };
}

const AREA_CODES = ['202', '212', '303', '312', '415', '512', '617', '702'];

/** Numbers that North America keeps free for fiction, 555-0100 to 555-0199: nobody's. */
function fictionalNumber(): string {
  const area = AREA_CODES[randomInt(AREA_CODES.length)]!;
  return `+1${area}55501${String(randomInt(100)).padStart(2, '0')}`;
}

type Call = <T>(method: 'GET' | 'POST', path: string, body?: object) => Promise<{ status: number; body: T }>;

function createCaller({ api_url, api_key }: Addresses): Call {
  return async <T>(method: 'GET' | 'POST', path: string, body?: object) => {
    const response = await fetch(`${api_url}${path}`, {
      method,
      headers: { authorization: `Bearer ${api_key}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as T };
  };
}

async function watchUntilCode(
  addresses: Addresses,
  call: Call,
  { id, to }: { id: string; to: string },
  tell: (line: string) => void,
): Promise<string | undefined> {
  const told = new Set<string>();
  const tellOnce = (line: string): void => {
    if (!told.has(line)) tell(line);
    told.add(line);
  };
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until) {
    const { body } = await call<VerificationView>('GET', `/v1/verifications/${id}`);
    for (const attempt of body.attempts) {
      tellOnce(`attempt by ${attempt.provider} (${attempt.channel}): ${attempt.state}`);
      if (attempt.receipt) tellOnce(`receipt from ${attempt.provider}: ${attempt.receipt}`);
    }
    const text = await lastText(addresses, to);
    if (text !== undefined) {
      tellOnce(`the phone shows: “${text.split('\n')[0]}”`);
      const receipts = body.attempts.some((attempt) => attempt.receipt === 'delivered');
      const code = /\b\d{6}\b/.exec(text)?.[0];
      if (code && (receipts || performance.now() > until - PATIENCE_MS / 2)) return code;
    }
    await sleep(POLL_MS);
  }
  return undefined;
}

async function lastText({ inbox_url }: Addresses, to: string): Promise<string | undefined> {
  const response = await fetch(`${inbox_url}?to=${encodeURIComponent(to)}`, {
    headers: { accept: 'application/json' },
  });
  const { messages } = (await response.json()) as { messages: { text: string }[] };
  return messages.at(-1)?.text;
}
