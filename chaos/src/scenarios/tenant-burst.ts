import { percentile } from '@watchword/stage';
import type { OtpRecord } from '../load/record.ts';
import type { Harm, Scenario } from './scenario.ts';

/** The measure. */
const STARTS = 50_000;
/** The burst ends after this time, however many went out by then. */
const BURST_MS_MAX = 240_000;
/** As fast as ingest answers. */
const IN_FLIGHT = 48;
const LIFE_SECONDS = 60;
const TRY_MS = 10_000;
/** After the burst its last ones have their turn within a fifth of their life, or they would have been refused. */
const LAST_TURN_MS = 15_000;
/** docs/architecture.md, Backlogs: what another tenant's OTP waits at most, at the hundredth. */
const BOUND_MS = 5_000;

interface Burst {
  accepted: Set<string>;
  refused: number;
  /** Answers that were neither, by what they were. */
  wrong: Map<string, number>;
}

/** Another tenant starts as many as it can; nobody reads its messages. */
async function burst(harm: Harm): Promise<void> {
  const { stage } = harm;
  const done: Burst = { accepted: new Set(), refused: 0, wrong: new Map() };
  harm.down();
  harm.tell(`another tenant starts ${STARTS}`);
  const begunAt = performance.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < STARTS && performance.now() - begunAt < BURST_MS_MAX) await startOne(stage, next++, done);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  const seconds = Math.round((performance.now() - begunAt) / 1000);
  harm.back();
  const { accepted, refused, wrong } = done;
  harm.note(
    `another tenant’s ${next} starts in ${seconds} s: ${accepted.size} accepted, ${refused} answered 503 channel_overloaded`,
  );
  for (const [what, count] of wrong) harm.breach(`${count} starts of the burst answered ${what}`);
  await harm.sleep(LAST_TURN_MS);
  const sent = new Set((await stage.simulator.ledger()).map(({ client_ref }) => client_ref?.replace(/\.\d+$/, '')));
  const unsent = [...accepted].filter((id) => !sent.has(id)).length;
  if (unsent > 0) harm.breach(`${unsent} accepted ones of the burst were not sent`);
}

async function startOne({ services, home }: Harm['stage'], n: number, done: Burst): Promise<void> {
  const to = `+49152${String(n).padStart(8, '0')}`;
  const [url] = services.urls('ingest');
  try {
    const response = await fetch(`${url}/v1/verifications`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${home.otherApiKey}` },
      body: JSON.stringify({ to, channel: 'sms', life_seconds: LIFE_SECONDS }),
      signal: AbortSignal.timeout(TRY_MS),
    });
    const { id, code } = (await response.json()) as { id?: string; code?: string };
    if (response.status === 202) done.accepted.add(id!);
    else if (code === 'channel_overloaded') done.refused += 1;
    else count(done, `${response.status} ${code}`);
  } catch (error) {
    count(done, (error as Error).name);
  }
}

function count({ wrong }: Burst, what: string): void {
  wrong.set(what, (wrong.get(what) ?? 0) + 1);
}

/** How long the people's own messages took meanwhile. */
function judge(otps: readonly OtpRecord[], { from, until }: { from: number; until: number }) {
  const journeys = otps.flatMap(({ askedAt, channel, messages: [first] }) =>
    channel === 'sms' && first && askedAt >= from && askedAt <= until ? [first.at - askedAt] : [],
  );
  const [p50, p99] = [percentile(journeys, 0.5), percentile(journeys, 0.99)];
  const note = `from the start to the phone the others’ ${journeys.length} texts took ${p50} ms (half of them), ${p99} ms (99 of 100)`;
  const broken =
    p99 > BOUND_MS ? [`another tenant’s burst delayed the slowest hundredth by ${p99} ms, not ${BOUND_MS}`] : [];
  return { notes: [note], breaches: broken };
}

export const TENANT_BURST: Scenario = {
  name: 'tenant-burst',
  what: `another tenant starts ${STARTS} as fast as it can`,
  shows: `a tenant’s burst is its own: it is refused what it cannot be sent in time, others wait ${BOUND_MS / 1000} s at most (99 of 100)`,
  // well below its share, else it would wait for itself
  rateMax: 10,
  play: burst,
  judge,
};
