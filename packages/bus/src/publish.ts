import { BaseError } from '@watchword/contracts';
import type { Parts } from './parts.ts';
import type { BareRecord, PublishOptions } from './port.ts';

/** Longer than most deaths of a leader (8-12 s) take to be noticed; callers whom a person waits for give less. */
const TIMEOUT_DEFAULT_MS = 10_000;
/** No longer than a lane keeps a batch, so that a caller knows before the message is dropped. */
const TIMEOUT_MAX_MS = 30_000;

/** Publishes a record by its lane, and counts how it ended. */
export async function publish(
  { lanes, names, metrics }: Pick<Parts, 'lanes' | 'names' | 'metrics'>,
  { topic, ...record }: BareRecord,
  options: PublishOptions | undefined,
): Promise<void> {
  const timeoutMs = Math.min(options?.timeoutMs ?? TIMEOUT_DEFAULT_MS, TIMEOUT_MAX_MS);
  const end = metrics.startSend(topic);
  try {
    await lanes.publish(names.topic(topic), record, timeoutMs);
    end('');
  } catch (error) {
    end(errorTypeOf(error));
    throw error;
  }
}

function errorTypeOf(error: unknown): string {
  if (!(error instanceof BaseError)) return 'unavailable';
  return error.code.replace('OTP_BUS_', '').toLowerCase();
}
