import type { RecoveryRun, VerificationStore } from '@watchword/verification';
import type { Logger } from 'pino';

/** A line in the log and a word in Redis are for people: seldom enough to cost nothing. */
const LOG_MS = 5_000;
/** As often as `watchword recover` asks. */
const REPORT_MS = 500;

export interface RecoveryTeller {
  progress(topic: string, figures: { read: number; total: number }): void;
  done(): void;
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
  now?: () => number;
}): RecoveryTeller {
  const { store, log, instance, part, buckets } = input;
  const now = input.now ?? (() => performance.now());
  const startedMs = now();
  const startedAt = Date.now();
  const topics = new Map<string, { read: number; total: number }>();
  let topic = '';
  let loggedMs = startedMs;
  let reportedMs = -Infinity;

  const about = () => {
    const figures = topics.get(topic) ?? { read: 0, total: 0 };
    const records = [...topics.values()].reduce((sum, { read }) => sum + read, 0);
    return { part, buckets, topic, ...figures, records, ms: Math.round(now() - startedMs) };
  };

  async function report(state: RecoveryRun['state']): Promise<void> {
    reportedMs = now();
    const { read, total, records } = about();
    const figures = { state, buckets, topic, read, total, records, startedAt, at: Date.now() };
    // figures for people: the recovery itself does not wait for them, and says for itself when Redis is away
    await store
      .reportRecovery(instance, figures)
      .catch((error: unknown) => log.debug({ err: error }, 'no progress told'));
  }

  log.info({ part, buckets, from: new Date(input.fromMs).toISOString() }, 'buckets are being recovered');
  void report(part);
  return {
    progress(current, figures) {
      topic = current;
      topics.set(current, figures);
      if (now() - reportedMs >= REPORT_MS) void report(part);
      if (now() - loggedMs < LOG_MS) return;
      loggedMs = now();
      log.info(about(), 'buckets are still being recovered');
    },
    done() {
      log.info(about(), 'buckets are recovered');
      void report(part === 'reading' ? 'settling' : 'done');
    },
    failed(error) {
      log.warn({ err: error, ...about() }, 'buckets cannot be recovered yet; it is tried again');
      void report('failed');
    },
  };
}
