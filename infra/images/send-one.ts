import type { CheckAnswer, SendAnswer } from '@watchword/contracts';
import { waitFor } from '@watchword/testkit';

/** The slowest receipt of the simulator takes some seconds; the text itself a second. */
const ARRIVAL_MAX_MS = 30_000;
/** From the numbers that North America keeps free for fiction. */
const PHONE = '+12125550142';

export interface ProductUrls {
  ingest: string;
  verify: string;
  inbox: string;
  apiKey: string;
}

/** One OTP from a platform to a phone and back, over all services. @throws Error that says how far it came */
export async function sendOne({ ingest, verify, inbox, apiKey }: ProductUrls): Promise<void> {
  const call = async (url: string, body: object): Promise<{ status: number; body: unknown }> => {
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: answer.status, body: await answer.json() };
  };
  const started = await call(`${ingest}/v1/verifications`, { to: PHONE, channel: 'sms' });
  if (started.status !== 202) throw new Error(`the start was answered ${started.status}`);
  const { id } = started.body as SendAnswer;
  const code = await waitFor(() => readCode(inbox), { timeoutMs: ARRIVAL_MAX_MS, what: 'the code to arrive' });
  const checked = await call(`${verify}/v1/verifications/${id}/check`, { code });
  if (checked.status !== 200 || !(checked.body as CheckAnswer).valid)
    throw new Error(`the right code was answered ${checked.status}, and not as valid`);
}

async function readCode(inbox: string): Promise<string | undefined> {
  const url = `${inbox}/inbox?to=${encodeURIComponent(PHONE)}`;
  const answer = await fetch(url, { headers: { accept: 'application/json' } });
  const { messages } = (await answer.json()) as { messages: { text: string }[] };
  return /\b\d{6}\b/.exec(messages.at(-1)?.text ?? '')?.[0];
}
