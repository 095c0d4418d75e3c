import { BUCKETS } from '@watchword/contracts';

/** Something that could not be handled, without what is in it. */
export interface DeadLetter {
  /** Where it lies: `<topic>/<partition>/<offset>`, `quarantine/<bucket>/<stream id>`. */
  ref: string;
  kind: 'record' | 'job' | 'event';
  /** The dead-letter topic, or `quarantine`. */
  topic: string;
  /** Ms since 1970. */
  atMs: number;
  reason: string;
  /** Empty where it names none. */
  verification: string;
  /** Where it came from, and where a replay puts it: `otp.receipt.v1 3@17`, `deliver-sms`, `outbox 1f`. */
  origin: string;
  /** Why it cannot be put back, if so. */
  obstacle?: string;
}

/** Everything of it. */
export interface OpenedLetter {
  letter: DeadLetter;
  headers: Readonly<Record<string, string>>;
  body: string;
}

export const QUARANTINE = 'quarantine';
export const DEAD_SUFFIX = '.dead';

export type Ref =
  | { outcome: 'record'; topic: string; partition: number; offset: string }
  | { outcome: 'event'; bucket: number; streamId: string }
  | { outcome: 'malformed' };

export function formatRecordRef(topic: string, partition: number, offset: string): string {
  return `${topic}/${partition}/${offset}`;
}

export function formatEventRef(bucket: number, streamId: string): string {
  return `${QUARANTINE}/${formatBucket(bucket)}/${streamId}`;
}

export function formatBucket(bucket: number): string {
  return bucket.toString(16).padStart(2, '0');
}

export function parseRef(text: string): Ref {
  const [topic = '', second = '', third = '', ...more] = text.split('/');
  if (more.length > 0) return { outcome: 'malformed' };
  if (topic === QUARANTINE) {
    const bucket = /^[0-9a-f]{2}$/.test(second) ? Number.parseInt(second, 16) : BUCKETS;
    return bucket < BUCKETS && /^\d{1,16}-\d{1,16}$/.test(third)
      ? { outcome: 'event', bucket, streamId: third }
      : { outcome: 'malformed' };
  }
  if (!topic.endsWith(DEAD_SUFFIX) || !/^\d{1,6}$/.test(second) || !/^\d{1,18}$/.test(third))
    return { outcome: 'malformed' };
  return { outcome: 'record', topic, partition: Number(second), offset: third };
}
