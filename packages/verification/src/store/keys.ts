import { parseVerificationId } from '@watchword/contracts';

export interface Keys {
  /** `{<namespace>b<hex>}`: everything of a bucket lives in one Cluster slot. */
  record(id: string): string;
  recordPrefix(bucket: number): string;
  /** → id of the live verification of a tenant, purpose and recipient. */
  lookup(bucket: number, lookup: string): string;
  sends(bucket: number, limitKey: string): string;
  sendsPrefix(bucket: number): string;
  wrongChecksPrefix(bucket: number): string;
  deadlines(bucket: number): string;
  outbox(bucket: number): string;
  /** Events of an outbox that no version could ship. */
  quarantine(bucket: number): string;
  /** Whether the bucket holds all that it should: `_recovery.lua`. */
  marker(bucket: number): string;
  idempotency(hash: string): string;
  processes(): string;
  /** How far recoveries are, by the dispatcher that runs them. */
  recovery(): string;
  /** How long sends wait, as the dispatchers report it. */
  pressure(): string;
}

/**
 * The names of everything in `redis.state`. `namespace` goes inside the hash tags, so that two deployments can share a
 * Redis without sharing a slot's script.
 */
export function createKeys(namespace: string): Keys {
  const tag = (bucket: number): string => `{${namespace}b${bucket.toString(16).padStart(2, '0')}}`;
  return {
    record: (id) => `${tag(bucketOfId(id))}:v:${id}`,
    recordPrefix: (bucket) => `${tag(bucket)}:v:`,
    lookup: (bucket, lookup) => `${tag(bucket)}:l:${lookup}`,
    sends: (bucket, limitKey) => `${tag(bucket)}:s:${limitKey}`,
    sendsPrefix: (bucket) => `${tag(bucket)}:s:`,
    wrongChecksPrefix: (bucket) => `${tag(bucket)}:w:`,
    deadlines: (bucket) => `${tag(bucket)}:d`,
    outbox: (bucket) => `${tag(bucket)}:o`,
    quarantine: (bucket) => `${tag(bucket)}:x`,
    marker: (bucket) => `${tag(bucket)}:m`,
    idempotency: (hash) => `{${namespace}ik:${hash}}`,
    processes: () => `{${namespace}processes}`,
    recovery: () => `{${namespace}recovery}`,
    pressure: () => `{${namespace}pressure}`,
  };
}

/** The bucket written in an id. Throws a `RangeError` where the text is no id: callers parse what they are given first. */
export function bucketOfId(id: string): number {
  const parts = parseVerificationId(id);
  if (!parts) throw new RangeError('not a verification id');
  return parts.bucket;
}
