import { createKeys } from './keys.ts';
import { createScriptRunner, stateFault, type RedisConnection } from './scripts.ts';

/** How long a caller may take before a retry of the same key takes over what it began (it crashed). */
const LEASE_MS = 10_000;
/** How long answers are replayed: the usual time of APIs that know the header. */
const KEPT_MS = 86_400_000;

export type Reservation =
  /** `callHash`: what the record is held under, for `store` and `release`. */
  | { outcome: 'reserved'; id: string; callHash: string }
  | { outcome: 'inFlight'; retryAfterMs: number }
  | { outcome: 'otherBody' }
  | { outcome: 'answered'; status: number; body: string };

/** What a call is recognised by: either of them. */
export interface CallHashes {
  /** Of the call with its body as it was written. */
  callHash: string;
  /** Of the call with its body as canonical JSON. */
  canonicalHash: string;
}

export type IdempotencyStore = ReturnType<typeof createIdempotencyStore>;

/** The records of Idempotency-Keys: reserved before the effect, with the answer afterwards. */
export function createIdempotencyStore(
  redis: RedisConnection,
  options: {
    namespace: string;
    /** How long answers are replayed. Default 24 h. */
    keptMs?: number;
  },
) {
  const run = createScriptRunner(redis);
  const keys = createKeys(options.namespace);
  return {
    /** @param id the verification id to be used, if this call starts one; a retry after a crash gets the first one's */
    async reserve(keyHash: string, { callHash, canonicalHash }: CallHashes, id: string): Promise<Reservation> {
      const reply = (await run(
        'reserveAnswer',
        [keys.idempotency(keyHash)],
        [callHash, id, LEASE_MS, options.keptMs ?? KEPT_MS, canonicalHash],
      )) as [Reservation['outcome'], number, unknown, unknown];
      switch (reply[0]) {
        case 'reserved':
          return { outcome: 'reserved', id: reply[2] as string, callHash: reply[3] as string };
        case 'inFlight':
          return { outcome: 'inFlight', retryAfterMs: reply[2] as number };
        case 'otherBody':
          return { outcome: 'otherBody' };
        case 'answered':
          return { outcome: 'answered', status: reply[2] as number, body: reply[3] as string };
      }
    },
    async isKnown(keyHash: string): Promise<boolean> {
      try {
        return (await redis.exists(keys.idempotency(keyHash))) === 1;
      } catch (cause) {
        throw stateFault('isKnown', cause);
      }
    },
    async store(keyHash: string, callHash: string, status: number, body: string): Promise<void> {
      await run('storeAnswer', [keys.idempotency(keyHash)], [callHash, status, body]);
    },
    async release(keyHash: string, callHash: string): Promise<void> {
      await run('releaseAnswer', [keys.idempotency(keyHash)], [callHash]);
    },
  };
}
