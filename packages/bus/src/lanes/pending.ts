import { BaseError } from '@watchword/contracts';
import type { OutgoingRecord } from '../driver.ts';

/** One message between `publish` and its answer. */
export interface Pending {
  readonly topic: string;
  readonly record: OutgoingRecord;
  readonly bytes: number;
  readonly enqueuedMs: number;
  /** From here on it may land, so its deadline means unknown. */
  sent: boolean;
  /** Takes it out of the queue that holds it; called when its deadline passes before it was sent. */
  leave: () => void;
  /** The first call of the two answers the caller; later ones do nothing. */
  resolve(): void;
  reject(error: BaseError): void;
}

export function busError(
  code: 'OTP_BUS_FULL' | 'OTP_BUS_TIMEOUT' | 'OTP_BUS_UNAVAILABLE' | 'OTP_BUS_CLOSED',
  message: string,
  topic: string,
  options: { retry?: boolean; cause?: unknown } = {},
): BaseError {
  return new BaseError(code, message, {
    retry: options.retry ?? code !== 'OTP_BUS_CLOSED',
    context: { topic },
    ...(options.cause === undefined ? {} : { cause: options.cause }),
  });
}

/**
 * A message with a deadline of its own. A message that was never handed to Kafka leaves at its deadline and is
 * answered OTP_BUS_UNAVAILABLE (it will not land); one that was handed over is answered OTP_BUS_TIMEOUT and stays
 * with its batch, since a batch of unknown outcome must be repeated as it was.
 */
export function createPending(
  what: { topic: string; record: OutgoingRecord; bytes: number },
  times: { nowMs: number; timeoutMs: number },
): { pending: Pending; answer: Promise<void> } {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    if (pending.sent) {
      reject(busError('OTP_BUS_TIMEOUT', `no acknowledgement in ${times.timeoutMs} ms; it may still land`, what.topic));
      return;
    }
    pending.leave();
    reject(busError('OTP_BUS_UNAVAILABLE', `not sent within ${times.timeoutMs} ms`, what.topic));
  }, times.timeoutMs);
  const pending: Pending = {
    ...what,
    enqueuedMs: times.nowMs,
    sent: false,
    leave: () => undefined,
    resolve: () => {
      clearTimeout(timer);
      resolve();
    },
    reject: (error) => {
      clearTimeout(timer);
      reject(error);
    },
  };
  return { pending, answer: promise };
}
