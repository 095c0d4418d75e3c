import { setTimeout as sleep } from 'node:timers/promises';
import { BUCKETS } from '@watchword/contracts';
import type { VerificationStore } from '@watchword/verification';
import type { Terminal } from './terminal.ts';

/** As often as the dispatchers tell how far they are. */
const POLL_MS = 500;
/** Dispatchers look at their buckets every quarter of a second: without one that begins in this time there is none. */
const BEGIN_MAX_MS = 15_000;

type Progress = Awaited<ReturnType<VerificationStore['readRecovery']>>;

/** @returns the exit code: 0 when the recovery is over */
export async function recover(
  store: Pick<VerificationStore, 'askRecovery' | 'readRecovery'>,
  { sinceMs, bucket, yes }: { sinceMs: number; bucket?: number; yes: boolean },
  terminal: Terminal,
): Promise<number> {
  const buckets = bucket === undefined ? Array.from({ length: BUCKETS }, (_, n) => n) : [bucket];
  if (!yes) {
    if (!terminal.ask) {
      terminal.err('There is no terminal to ask at: give --yes.');
      return 2;
    }
    const what = `Read the events of the last ${Math.round(sinceMs / 60_000)} min again for ${buckets.length} buckets?`;
    if (!(await terminal.ask(what))) return 1;
  }
  const { now } = await store.readRecovery();
  await Promise.all(buckets.map(async (each) => store.askRecovery(each, now - sinceMs)));
  return watch(store, terminal);
}

async function watch(store: Pick<VerificationStore, 'readRecovery'>, terminal: Terminal): Promise<number> {
  const startedAt = performance.now();
  let told = '';
  for (;;) {
    const progress = await store.readRecovery();
    const line = describe(progress);
    if (line !== told) terminal.err(line);
    told = line;
    if (progress.buckets.ready === BUCKETS) return report(progress, terminal);
    const waits = progress.buckets.asked + progress.buckets.lost;
    if (waits + progress.buckets.ready === BUCKETS && performance.now() - startedAt > BEGIN_MAX_MS) {
      terminal.err('No dispatcher has begun it. It stays asked for, and begins when one runs.');
      return 1;
    }
    await sleep(POLL_MS);
  }
}

function describe({ buckets, runs }: Progress): string {
  const { ready: _, ...others } = buckets;
  const states = Object.entries(others).flatMap(([state, count]) => (count > 0 ? [`${count} ${state}`] : []));
  const reading = Object.values(runs).filter(({ state }) => state === 'reading');
  const topics = reading.map(({ topic, read, total }) => `${topic} ${read}/${total}`);
  return states.length === 0 ? 'all buckets are ready' : `buckets: ${[...states, ...topics].join(', ')}`;
}

/** Of the runs that ended last, one for each dispatcher. */
function report({ runs }: Progress, terminal: Terminal): number {
  const done = Object.values(runs).filter(({ state }) => state === 'done');
  const records = done.reduce((total, run) => total + run.records, 0);
  terminal.out(`Recovered: ${records} events were read again.`);
  return 0;
}
