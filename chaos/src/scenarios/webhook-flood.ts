import type { LedgerEntry } from '@watchword/carrier-sim';
import type { Random } from '../load/random.ts';
import type { Harm, Scenario } from './scenario.ts';
import { authorizationOf, messageStatus } from '@watchword/stage';

/** The measure. */
const RECEIPTS = 100_000;
/** The flood ends after this time, however many went out by then. */
const FLOOD_MS_MAX = 600_000;
/** As many as a vendor holds open. */
const IN_FLIGHT = 48;
const TRY_MS = 10_000;
const FORGED_SHARE = 0.05;

type Attempt = LedgerEntry & { client_ref: string; callback_url: string };
interface Sent {
  taken: number;
  forged: number;
  /** Answers that were not what they should be, by status. */
  wrong: Map<string, number>;
}

/**
 * Receipts for messages that went out, a third of them twice, a third out of order, one in twenty forged: forged ones say
 * `rejected`, which would make the product send again, and end what lives, if anybody believed it.
 */
async function flood(harm: Harm): Promise<void> {
  const { stage, random } = harm;
  const entries = (await stage.simulator.ledger()).filter(isMessage);
  if (entries.length === 0) throw new Error('no message went out before the flood');
  const secret = stage.home.secret('vonage-signature');
  const sent: Sent = { taken: 0, forged: 0, wrong: new Map() };
  harm.down();
  harm.tell(`${RECEIPTS} receipts for ${entries.length} messages`);
  const begunAt = performance.now();
  const until = begunAt + FLOOD_MS_MAX;
  const worker = async (): Promise<void> => {
    while (sent.taken + sent.forged < RECEIPTS && performance.now() < until) {
      const attempt = entries[Math.floor(random() * entries.length)]!;
      if (random() < FORGED_SHARE) await sendForged(attempt, sent);
      else await sendSome(attempt, { secret, random, sent });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  const seconds = (performance.now() - begunAt) / 1000;
  harm.back();
  harm.note(`${sent.taken} receipts taken and ${sent.forged} forged ones refused in ${Math.round(seconds)} s`);
  for (const [what, count] of sent.wrong) harm.breach(`${count} receipts answered ${what}`);
  if (sent.taken + sent.forged < RECEIPTS) harm.note(`the flood was ended after ${FLOOD_MS_MAX / 1000} s`);
}

function isMessage(entry: LedgerEntry): entry is Attempt {
  return entry.channel === 'sms' && entry.client_ref !== null && entry.callback_url !== null && entry.arrives;
}

/** The usual two, or the second one first, or one of them twice. */
async function sendSome(
  attempt: Attempt,
  { secret, random, sent }: { secret: string; random: Random; sent: Sent },
): Promise<void> {
  const submitted = messageStatus('submitted', attempt.client_ref);
  const delivered = messageStatus('delivered', attempt.client_ref);
  const turn = Math.floor(random() * 3);
  const bodies = turn === 1 ? [delivered, submitted] : [submitted, delivered];
  for (const body of bodies) {
    const authorization = authorizationOf(body, secret);
    for (let k = 0; k < (turn === 2 ? 2 : 1); k++) {
      sent.taken += 1;
      expectStatus(sent, await post(attempt.callback_url, body, authorization), '200');
    }
  }
}

async function sendForged(attempt: Attempt, sent: Sent): Promise<void> {
  const body = messageStatus('rejected', attempt.client_ref);
  sent.forged += 1;
  expectStatus(sent, await post(attempt.callback_url, body, authorizationOf(body, 'guessed')), '401');
}

function expectStatus(sent: Sent, status: string, right: string): void {
  if (status === right) return;
  const what = `${status} instead of ${right}`;
  sent.wrong.set(what, (sent.wrong.get(what) ?? 0) + 1);
}

async function post(url: string, body: string, authorization: string): Promise<string> {
  try {
    const headers = { 'content-type': 'application/json', authorization };
    const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(TRY_MS) });
    await response.body?.cancel();
    return String(response.status);
  } catch (error) {
    return (error as Error).name;
  }
}

export const WEBHOOK_FLOOD: Scenario = {
  name: 'webhook-flood',
  what: `${RECEIPTS} receipts in the middle of the load, a third twice, a third out of order, some forged`,
  shows: 'receipts are authenticated on the raw body, tolerate repeats and any order, and hold nobody up',
  play: flood,
};
