/**
 * A fault: something that should not happen and that the caller did not ask for. Expected answers are discriminated
 * unions on `outcome`; faults are this one class. `code` is `OTP_<AREA>_<REASON>`; `retry` is decided where the error is
 * born; `context` holds only what may be logged (never a code, never a full address).
 */
export class BaseError extends Error {
  readonly code: ErrorCode;
  readonly retry: boolean;
  readonly retryAfterMs: number | undefined;
  readonly context: Readonly<Record<string, string | number | boolean>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      retry: boolean;
      retryAfterMs?: number;
      cause?: unknown;
      context?: Record<string, string | number | boolean>;
    },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'BaseError';
    this.code = code;
    this.retry = options.retry;
    this.retryAfterMs = options.retryAfterMs;
    this.context = options.context ?? {};
  }
}

/** Every fault's code, with what it means and what an operator does. `docs/errors.md` is made from this table. */
export const ERROR_CODES = {
  OTP_BUS_FULL: 'A lane to Kafka holds as many unacknowledged messages as it may. Kafka is slow or away: look at it.',
  OTP_BUS_TIMEOUT: 'Kafka did not acknowledge in time; the message may still land. A retry uses the same event id.',
  OTP_BUS_UNAVAILABLE: 'Kafka refused the message or cannot be reached.',
  OTP_BUS_CLOSED: 'The bus is shutting down.',
  OTP_BUS_TOPIC_MISMATCH:
    'A topic exists with another number of partitions than this version needs; keys would change their partition.',
  OTP_BUS_UNPARSABLE: 'A record does not fit its schema; it goes to the dead-letter topic of its consumer group.',
  OTP_CONFIG_INVALID: 'The configuration has errors; each is listed with file, line, path and what was expected.',
  OTP_KEY_MISSING: 'A key id is not in this service’s key ring: a key was removed too early, or never given.',
  OTP_KEY_FORBIDDEN: 'A service asked for a key of a role that it was not given.',
  OTP_SEAL_BROKEN: 'A sealed value does not open: wrong key, wrong record, or it was changed.',
  OTP_STATE_UNAVAILABLE: 'Redis did not answer in time or refused.',
  OTP_STATE_BROKEN:
    'A script met something in Redis that it cannot read: a damaged record or a key of another type. No try will change it; the cause names the place.',
  OTP_STATE_CONFLICT: 'A verification changed under every one of our tries; the next deadline tries again.',
  OTP_STATE_SCHEMA:
    'A record in Redis has a schema number that this version cannot read. A newer one is held back until the roll-out is over.',
  OTP_INGRESS_WAITING:
    'What a platform emitted cannot be carried out while Redis or Kafka is away, its verification is being restored, Kafka refuses its result, or the same request is in flight; its record waits, uncommitted, and is tried again.',
  OTP_QUEUE_UNAVAILABLE: 'The queue’s Redis did not answer in time or refused.',
  OTP_ENGINES_UNAVAILABLE:
    'Redis or Kafka is neither given nor can it be started here; the message names the ways to come to one.',
  OTP_PROVIDER_MISCONFIGURED: 'A provider’s credentials or settings cannot work.',
} as const;
export type ErrorCode = keyof typeof ERROR_CODES;
