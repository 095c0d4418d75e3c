import { setTimeout as sleep } from 'node:timers/promises';
import { BUCKETS } from '@watchword/contracts';
import type { RecoveryProgress, VerificationStore } from '@watchword/verification';
import { createStallClock, describeProgress, goesOn, runsSince, type RunSince } from './recovery-runs.ts';
import type { Terminal } from './terminal.ts';

/** As often as the dispatchers tell how far they are. */
const POLL_MS = 500;
/** Dispatchers look at their buckets every quarter of a second: without one that begins in this time there is none. */
const BEGIN_MAX_MS = 15_000;
/** A dispatcher gives a read up that stands still for 30 s and tries it again at once: by then the second one would have got on. */
const STALL_MAX_MS = 60_000;
/** What a dispatcher tells last comes right after its buckets are ready. One that died has not told it. */
const LAST_WORD_MAX_MS = 3_000;

/** @returns the exit code: 0 when the recovery is over */
export async function recover(
  store: Pick<VerificationStore, 'askRecovery' | 'readRecovery'>,
  { sinceMs, bucket, yes }: { sinceMs: number; bucket?: number; yes: boolean },
  terminal: Terminal,
  rest: (ms: number) => Promise<unknown> = async (ms) => sleep(ms),
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
  const { now, runs } = await store.readRecovery();
  await Promise.all(buckets.map(async (each) => store.askRecovery(each, now - sinceMs)));
  return watch(store, runs, terminal, rest);
}

async function watch(
  store: Pick<VerificationStore, 'readRecovery'>,
  before: RecoveryProgress['runs'],
  terminal: Terminal,
  rest: (ms: number) => Promise<unknown>,
): Promise<number> {
  const startedMs = performance.now();
  const stoodFor = createStallClock(() => performance.now());
  let told = '';
  let readyMs: number | undefined;
  for (;;) {
    const progress = await store.readRecovery();
    const { buckets } = progress;
    const runs = runsSince(before, progress.runs);
    const line = describeProgress(progress, runs);
    if (line !== told) terminal.err(line);
    told = line;
    const nowMs = performance.now();
    if (buckets.ready === BUCKETS) {
      readyMs ??= nowMs;
      if (!runs.some(goesOn) || nowMs - readyMs > LAST_WORD_MAX_MS) return report(runs, terminal);
    } else if (buckets.asked + buckets.lost + buckets.ready === BUCKETS && nowMs - startedMs > BEGIN_MAX_MS) {
      terminal.err('No dispatcher has begun it. It stays asked for, and begins when one runs.');
      return 1;
    } else if (stoodFor(progress, runs) > STALL_MAX_MS) {
      terminal.err(
        'Nothing has moved for a minute. It goes on by itself; why it stands is in the logs of the dispatchers.',
      );
      return 1;
    }
    await rest(POLL_MS);
  }
}

function report(runs: readonly RunSince[], terminal: Terminal): number {
  const records = runs.reduce((total, run) => total + run.records, 0);
  const skipped = runs.reduce((total, run) => total + run.skipped, 0);
  const by = runs.length > 1 ? ` by ${runs.length} dispatchers, each for its buckets` : '';
  terminal.out(`Recovered: ${records} events were read again${by}.`);
  // a recovery that is over: to ask for it again would change nothing about them
  if (skipped > 0)
    terminal.err(`${skipped} more could not be read, and what they tell is missing: see the logs of the dispatchers.`);
  return 0;
}
