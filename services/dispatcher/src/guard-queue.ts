import { BaseError } from '@watchword/contracts';

/** After a failure one call in so long finds out whether the queue is back. */
const REST_MS = 1_000;

/**
 * Keeps a queue that does not answer from holding up everything else: a call may wait for it for seconds, and every lease
 * of a busy minute would. After a failure the calls fail at once, but for one a second, until one comes through. A command
 * that is not carried out stays with its verification.
 *
 * @throws BaseError `OTP_QUEUE_UNAVAILABLE`
 */
export function guardQueue<A extends unknown[]>(
  enqueue: (...args: A) => Promise<void>,
  now: () => number = () => performance.now(),
): (...args: A) => Promise<void> {
  let fault: unknown;
  let away = false;
  let restsUntil = 0;
  return async (...args) => {
    if (away) {
      if (now() < restsUntil) throw resting(fault);
      restsUntil = now() + REST_MS;
    }
    try {
      await enqueue(...args);
      away = false;
    } catch (error) {
      fault = error;
      away = true;
      restsUntil = now() + REST_MS;
      throw error;
    }
  };
}

function resting(cause: unknown): BaseError {
  return new BaseError('OTP_QUEUE_UNAVAILABLE', 'the queue has just failed and is left alone for a second', {
    retry: true,
    retryAfterMs: REST_MS,
    cause,
  });
}
