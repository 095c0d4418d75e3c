import { DURATIONS, type Durations } from '../model/durations.ts';
import { bucketOfId, createKeys, type Keys } from './keys.ts';
import { parseEntry, type OutboxEntry } from './outbox.ts';
import { createRandomDigits } from './random-digits.ts';
import { createScriptRunner, type RedisConnection, type RunScript } from './scripts.ts';

/** What every group of script callers needs. */
export interface StoreContext {
  redis: RedisConnection;
  run: RunScript;
  keys: Keys;
  owner: string;
  durations: Durations;
  /** Makes event ids unique. */
  random: () => string;
  record: (id: string) => string;
  deadlines: (id: string) => string;
  outbox: (id: string) => string;
  entry: (id: string, reply: unknown) => OutboxEntry | undefined;
}

export interface StoreOptions {
  namespace: string;
  /** This process: the sweep ships its outbox entries once its heartbeat is gone. */
  owner: string;
  durations?: Durations;
  /** Told of every event that a script of this store has made, before anybody ships it. */
  onEvent?: (entry: OutboxEntry) => void;
}

export function createStoreContext(redis: RedisConnection, options: StoreOptions): StoreContext {
  const keys = createKeys(options.namespace);
  return {
    redis,
    run: createScriptRunner(redis),
    keys,
    owner: options.owner,
    durations: options.durations ?? DURATIONS,
    random: createRandomDigits(),
    record: (id) => keys.record(id),
    deadlines: (id) => keys.deadlines(bucketOfId(id)),
    outbox: (id) => keys.outbox(bucketOfId(id)),
    entry: (id, reply) => {
      const entry = parseEntry(bucketOfId(id), reply);
      if (entry) options.onEvent?.(entry);
      return entry;
    },
  };
}
