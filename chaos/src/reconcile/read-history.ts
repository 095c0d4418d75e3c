import { setTimeout as sleep } from 'node:timers/promises';
import { SIMULATED } from '@watchword/standalone';
import { idOf, type OtpRecord } from '../load/record.ts';
import type { Stage } from '@watchword/stage';
import type { History } from './history.ts';
import { readCounter } from './read-counter.ts';
import { readEvents } from './read-events.ts';
import { countOutbox, readRecords } from './read-records.ts';
import { toSubmissions } from './read-submissions.ts';

/** After the last life: the expiry, its event, and the sweep that ships what a crash left for 30 s. */
const QUIET_GRACE_MS = 45_000;
const LOOK_MS = 500;
const RECOVERED_SENDS = 'watchword_recovered_sends_total';

/**
 * Waits until everything that was accepted has ended and nothing waits for Kafka any more; not for ever, since what never
 * ends is what the tool looks for.
 */
export async function untilQuiet(stage: Stage, otps: readonly OtpRecord[]): Promise<void> {
  const lastEnd = Math.max(0, ...otps.map(({ start }) => (start.outcome === 'accepted' ? start.expiresAt : 0)));
  const ids = new Set(otps.map(idOf));
  for (const until = Math.max(Date.now(), lastEnd) + QUIET_GRACE_MS; Date.now() < until;) {
    const records = await readRecords(stage.redis.url());
    const open = records.some(({ id, status }) => ids.has(id) && (status === 'pending' || status === 'admitted'));
    if (!open && (await countOutbox(stage.redis.url())) === 0) return;
    await sleep(LOOK_MS);
  }
}

/**
 * Asks all witnesses: the vendors first, since what they were answered has to be in Kafka by then, and Redis before Kafka, for
 * the same reason.
 */
export async function readHistory(
  stage: Stage,
  otps: readonly OtpRecord[],
  { lossesAt, outages }: Pick<History, 'lossesAt' | 'outages'>,
): Promise<History> {
  const submissions = toSubmissions(await stage.simulator.ledger());
  if (submissions.length > 0 && submissions[0]!.seq !== 1)
    throw new Error('the simulator forgot its first submissions');
  const readAt = Date.now();
  const records = await readRecords(stage.redis.url());
  const { events, deadLetters } = await readEvents(stage.kafka.brokers);
  const recoveredSends = await readCounter(stage.services, RECOVERED_SENDS);
  const providers = SIMULATED;
  return { otps, events, deadLetters, records, submissions, providers, recoveredSends, lossesAt, outages, readAt };
}
