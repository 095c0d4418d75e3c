import { BaseError } from '@watchword/contracts';
import { backOffMs, pause } from '../back-off.ts';
import type { RawRecord } from '../driver.ts';
import type { IncomingRecord } from '../port.ts';

/** From a hiccup of Redis to its absence; the upper bound is what a recovery waits for at most. */
const RETRY = { firstMs: 100, maxMs: 5_000 };
/** About a minute with `RETRY`: longer than a deployment's roll of one pod, short enough not to hold up a partition. */
const UNEXPECTED_TRIES_MAX = 20;

export interface ProcessDeps {
  /** Bare name. */
  topic: string;
  partition: number;
  handle(record: IncomingRecord): Promise<void>;
  /** Resolves when Kafka has the dead letter. */
  deadLetter(record: RawRecord, reason: string): Promise<void>;
  /** Every failed try, with what was thrown. `burying`: to send it to the dead letters, where no new process would fare better. */
  onFault(error: unknown, attempt: number, burying?: boolean): void;
  signal: AbortSignal;
  random: () => number;
  /** Tries of a record that meets a bug. Default 20: about a minute. */
  unexpectedTriesMax?: number;
}

type Judged =
  | { outcome: 'done' }
  /** No try will ever handle it. */
  | { outcome: 'dead'; reason: string }
  | { outcome: 'fault'; error: unknown };

/**
 * One record to its end; it is never skipped in silence. A fault of the infrastructure (a `BaseError` that says retry) is
 * tried again for ever, with back-off. What can never work goes to the dead letters: a malformed record and a fault that
 * says not to retry at once, anything unforeseen (a bug) after `UNEXPECTED_TRIES_MAX` tries. Only `signal` (the partition
 * was lost, or the subscription stops) ends it with `abandoned`. Never rejects.
 */
export async function processRecord(record: RawRecord, deps: ProcessDeps): Promise<'done' | 'dead' | 'abandoned'> {
  let unexpected = 0;
  for (let attempt = 0; !deps.signal.aborted; attempt++) {
    let judged = await handleOnce(record, deps);
    if (judged.outcome === 'done') return 'done';
    if (judged.outcome === 'fault' && !(judged.error instanceof BaseError)) {
      unexpected++;
      // the message is left out: a bug's may quote the record
      const reason = `${nameOf(judged.error)} at ${unexpected} tries`;
      if (unexpected === (deps.unexpectedTriesMax ?? UNEXPECTED_TRIES_MAX)) judged = { outcome: 'dead', reason };
    }
    if (judged.outcome === 'dead') return bury(record, judged.reason, attempt, deps);
    deps.onFault(judged.error, attempt);
    await pause(backOffMs(attempt, RETRY, deps.random()), deps.signal);
  }
  return 'abandoned';
}

async function handleOnce(record: RawRecord, deps: ProcessDeps): Promise<Judged> {
  try {
    await deps.handle({
      topic: deps.topic,
      partition: deps.partition,
      offset: record.offset,
      timestampMs: record.timestampMs,
      key: record.key,
      value: record.value ?? Buffer.alloc(0),
      headers: record.headers,
    });
    return { outcome: 'done' };
  } catch (error) {
    if (!(error instanceof BaseError) || error.retry) return { outcome: 'fault', error };
    const { code, message } = error;
    return { outcome: 'dead', reason: code === 'OTP_BUS_UNPARSABLE' ? message : code };
  }
}

/** Until Kafka has it, however long that takes: the record is finished only then. */
async function bury(
  record: RawRecord,
  reason: string,
  failures: number,
  deps: ProcessDeps,
): Promise<'dead' | 'abandoned'> {
  for (let attempt = failures; !deps.signal.aborted; attempt++) {
    try {
      await deps.deadLetter(record, reason);
      return 'dead';
    } catch (error) {
      deps.onFault(error, attempt, true);
      await pause(backOffMs(attempt - failures, RETRY, deps.random()), deps.signal);
    }
  }
  return 'abandoned';
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
