import { BaseError } from '@watchword/contracts';
import type { RecoveryRun, VerificationStore } from '@watchword/verification';
import type { Logger } from 'pino';

/** A line in the log and a word in Redis are for people: seldom enough to cost nothing. */
const LOG_MS = 5_000;
/** As often as `watchword recover` asks. */
const REPORT_MS = 500;

/** What the parts of a recovery have read that are done: the next part goes on counting from there. */
export interface ReadSoFar {
  /** Ms since 1970: it names the recovery, whatever is tried again of it. */
  startedAt: number;
  records: number;
  skipped: number;
}

export interface RecoveryTeller {
  progress(topic: string, figures: { read: number; total: number }): void;
  /** A topic was read to its end. */
  ended(figures: { records: number; skipped: number }): void;
  /** @returns with what this part has read */
  done(): ReadSoFar;
  failed(error: unknown): void;
}

/** Tells how far a run is: to the log, and in Redis for whoever asks. */
export function createRecoveryTeller(input: {
  store: Pick<VerificationStore, 'reportRecovery'>;
  log: Logger;
  instance: string;
  part: 'reading' | 'settling';
  buckets: number;
  fromMs: number;
  soFar: ReadSoFar;
  now?: () => number;
}): RecoveryTeller {
  const { store, log, instance, part, buckets } = input;
  const now = input.now ?? (() => performance.now());
  const startedMs = now();
  let { records, skipped } = input.soFar;
  let topic = '';
  let figures = { read: 0, total: 0 };
  /** Of the topic that is being read. */
  let reading = 0;
  let loggedMs = startedMs;
  let reportedMs = -Infinity;

  const about = () => ({
    part,
    buckets,
    topic,
    ...figures,
    records: records + reading,
    skipped,
    ms: Math.round(now() - startedMs),
  });

  async function report(state: RecoveryRun['state'], fault?: string): Promise<void> {
    reportedMs = now();
    const { part: _, ms: __, ...told } = about();
    const run = {
      state,
      ...told,
      startedAt: input.soFar.startedAt,
      at: Date.now(),
      ...(fault !== undefined && { fault }),
    };
    // figures for people: the recovery itself does not wait for them, and says for itself when Redis is away
    await store.reportRecovery(instance, run).catch((error: unknown) => log.debug({ err: error }, 'no progress told'));
  }

  log.info({ part, buckets, from: new Date(input.fromMs).toISOString() }, 'buckets are being recovered');
  void report(part);
  return {
    progress(current, told) {
      topic = current;
      figures = told;
      reading = told.read;
      if (now() - reportedMs >= REPORT_MS) void report(part);
      if (now() - loggedMs < LOG_MS) return;
      loggedMs = now();
      log.info(about(), 'buckets are still being recovered');
    },
    ended(counts) {
      records += counts.records;
      skipped += counts.skipped;
      reading = 0;
    },
    done() {
      if (skipped === input.soFar.skipped) log.info(about(), 'buckets are recovered');
      else log.warn(about(), 'buckets are recovered without the events that could not be read');
      void report(part === 'reading' ? 'settling' : 'done');
      return { startedAt: input.soFar.startedAt, records, skipped };
    },
    failed(error) {
      log.warn({ err: error, ...about() }, 'buckets cannot be recovered yet; it is tried again');
      void report('failed', error instanceof BaseError ? error.code : 'unexpected');
    },
  };
}
