import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus, IncomingEvent } from '@watchword/bus';
import type { BucketRecovery, VerificationStore } from '@watchword/verification';
import type { Logger } from 'pino';
import { createNoticedBuckets, type NoticedBucket, type NoticedBuckets, type RecoveryPart } from './noticed-buckets.ts';
import { mergeByBucket } from './merge-by-bucket.ts';
import { RECOVERED_TOPICS } from './recover-events.ts';
import { createRecoveryTeller, type ReadSoFar } from './recover-progress.ts';

/** After a run that failed; each failure doubles the while. Soon: meanwhile codes of before the loss are not judged. */
const RETRY = { firstMs: 1_000, maxMs: 2_000 };

export interface RecoverDeps {
  store: Pick<VerificationStore, 'endRecovery' | 'reportRecovery'>;
  read: Bus['read'];
  merge(buckets: ReadonlySet<number>): (event: IncomingEvent) => Promise<void>;
  /** How long a call to a provider may take: what was under way is waited for. */
  callMs: number;
  instance: string;
  log: Logger;
  onRecovering(buckets: number): void;
  /** `seconds`: since the loss was noticed. */
  onRecovered(part: RecoveryPart, seconds: number): void;
  /** Monotonic, ms. */
  now?: () => number;
  /** Resolves after a while, or when the signal says so. */
  rest?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface BucketRecoverer {
  /** Takes what a sweep says of a bucket, at a time by Redis' clock. Returns at once. */
  notice(bucket: number, recovery: BucketRecovery, redisNow: number): void;
  stop(): Promise<void>;
}

/**
 * Restores buckets that Redis has lost, or has lost the last seconds of: reads their events again, and, once nothing can be under
 * way any more, what came in meanwhile. One run after another, each for all buckets that are due by then; one that fails
 * is tried again until it works. A bucket that is lost again meanwhile is left out of its run and forgotten: once a sweep reaches it,
 * that names it anew. Two dispatchers that do the same do no harm.
 */
export function recoverBuckets(deps: RecoverDeps): BucketRecoverer {
  const stopping = new AbortController();
  const { signal } = stopping;
  const now = deps.now ?? (() => performance.now());
  const rest = deps.rest ?? sleepUntil;
  const noticed = createNoticedBuckets(now, deps.callMs);
  let wake = Promise.withResolvers<void>();

  async function untilDue(): Promise<void> {
    const nextAt = noticed.nextAt();
    const over = new AbortController();
    // a millisecond more: timers may be early
    const timer =
      nextAt === Infinity ? [] : [rest(Math.max(0, nextAt - now()) + 1, AbortSignal.any([signal, over.signal]))];
    await Promise.race([wake.promise, ...timer]);
    over.abort();
    wake = Promise.withResolvers();
  }

  async function work(): Promise<void> {
    let failures = 0;
    let soFar: ReadSoFar | undefined;
    while (!signal.aborted) {
      if (noticed.size() === 0) soFar = undefined;
      const part = noticed.due('reading').size > 0 ? 'reading' : 'settling';
      const buckets = noticed.due(part);
      if (buckets.size === 0) {
        await untilDue();
        continue;
      }
      soFar ??= { startedAt: Date.now(), records: 0, skipped: 0 };
      const done = await run({ ...deps, now, soFar }, noticed, part, buckets, signal);
      soFar = done ?? soFar;
      if (done) failures = 0;
      else await rest(Math.min(RETRY.maxMs, RETRY.firstMs * 2 ** failures++), signal);
      deps.onRecovering(noticed.size());
    }
  }

  const working = work();
  return {
    notice(bucket, recovery, redisNow) {
      if (!noticed.notice(bucket, recovery, redisNow)) return;
      deps.onRecovering(noticed.size());
      wake.resolve();
    },
    async stop() {
      stopping.abort();
      wake.resolve();
      await working;
    },
  };
}

/** One part for some buckets. Never rejects. @returns what the recovery has read with it; undefined where it is not done */
async function run(
  deps: RecoverDeps & { now: () => number; soFar: ReadSoFar },
  noticed: NoticedBuckets,
  part: RecoveryPart,
  buckets: ReadonlyMap<number, NoticedBucket>,
  signal: AbortSignal,
): Promise<ReadSoFar | undefined> {
  const fromMs = Math.min(...[...buckets.values()].map((each) => each.fromMs));
  const teller = createRecoveryTeller({ ...deps, part, buckets: buckets.size, fromMs });
  const concerned = new Set(buckets.keys());
  const { handle, away } = mergeByBucket(deps.merge(concerned), concerned, deps.now);
  try {
    for (const topic of RECOVERED_TOPICS) {
      const onProgress = (figures: { read: number; total: number }): void => teller.progress(topic, figures);
      // a topic that is not seen is one whose events would be missing, and nobody would know
      teller.ended(await deps.read({ topics: [topic], mustExist: true, fromMs, handle, onProgress, signal }));
    }
  } catch (error) {
    if (!signal.aborted) teller.failed(error);
    return undefined;
  }
  const faults = await endPart(deps, noticed, part, buckets, away);
  if (faults.length === buckets.size) {
    teller.failed(faults[0]);
    return undefined;
  }
  if (faults.length > 0)
    deps.log.warn({ err: faults[0], part, buckets: faults.length }, 'buckets could not be reached, and are begun anew');
  const noticedAt = Math.min(...[...buckets.values()].map(({ dueAt }) => dueAt)) - noticed.delayOf(part);
  deps.onRecovered(part, (deps.now() - noticedAt) / 1000);
  return teller.done();
}

/** Ends the part for each bucket that can be reached and forgets the others. Never rejects. @returns the others' faults */
async function endPart(
  { store }: Pick<RecoverDeps, 'store'>,
  noticed: NoticedBuckets,
  part: RecoveryPart,
  buckets: ReadonlyMap<number, NoticedBucket>,
  away: ReadonlyMap<number, unknown>,
): Promise<unknown[]> {
  const faults = await Promise.all(
    [...buckets].map(async ([bucket, each]) => {
      try {
        if (away.has(bucket)) throw away.get(bucket);
        noticed.ended(bucket, each, await store.endRecovery(bucket, part, each.noticedAt));
        return [];
      } catch (error) {
        noticed.forget(bucket, each);
        return [error];
      }
    }),
  );
  return faults.flat();
}

async function sleepUntil(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined); // rejects only when stopped
}
