import { BaseError } from '@watchword/contracts';
import { backOffMs, pause } from '../back-off.ts';
import { parseEnvelope } from '../cloud-event.ts';
import type { RawRecord } from '../driver.ts';
import type { IncomingEvent } from '../port.ts';

/** From a hiccup of Redis to its absence; the upper bound is what a recovery waits for at most. */
const RETRY = { firstMs: 100, maxMs: 5_000 };

export interface ProcessDeps {
  /** Bare name. */
  topic: string;
  partition: number;
  handle(event: IncomingEvent): Promise<void>;
  /** Resolves when Kafka has the dead letter. */
  deadLetter(record: RawRecord, reason: string): Promise<void>;
  /** Every failed try, with what was thrown. */
  onFault(error: unknown, attempt: number): void;
  signal: AbortSignal;
  random: () => number;
}

/**
 * One record to its end. It is never skipped: a fault of the infrastructure is tried again for ever, with back-off;
 * only `signal` (the partition was lost, or the subscription stops) ends that with `abandoned`. Never rejects.
 */
export async function processRecord(record: RawRecord, deps: ProcessDeps): Promise<'done' | 'dead' | 'abandoned'> {
  for (let attempt = 0; !deps.signal.aborted; attempt++) {
    try {
      return await processOnce(record, deps);
    } catch (error) {
      deps.onFault(error, attempt);
      await pause(backOffMs(attempt, RETRY, deps.random()), deps.signal);
    }
  }
  return 'abandoned';
}

async function processOnce(record: RawRecord, deps: ProcessDeps): Promise<'done' | 'dead'> {
  const parsed = parseEnvelope(record.headers);
  if (parsed.outcome === 'malformed') {
    await deps.deadLetter(record, parsed.reason);
    return 'dead';
  }
  try {
    await deps.handle({
      topic: deps.topic,
      partition: deps.partition,
      offset: record.offset,
      timestampMs: record.timestampMs,
      key: record.key,
      envelope: parsed.envelope,
      value: record.value ?? Buffer.alloc(0),
      headers: record.headers,
    });
    return 'done';
  } catch (error) {
    if (!(error instanceof BaseError) || error.code !== 'OTP_BUS_UNPARSABLE') throw error;
    await deps.deadLetter(record, error.message);
    return 'dead';
  }
}
