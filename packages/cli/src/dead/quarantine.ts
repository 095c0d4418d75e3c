import { BUCKETS } from '@watchword/contracts';
import { appendedAt, composeEvent, type OutboxEntry, type VerificationStore } from '@watchword/verification';
import { QUARANTINE, formatBucket, formatEventRef, type DeadLetter, type OpenedLetter } from './letter.ts';

export type QuarantineStore = Pick<VerificationStore, 'readQuarantine' | 'findQuarantined' | 'putBack'>;

/** Buckets that are asked at the same time: a round trip each, in one pipeline. */
const BUCKETS_AT_ONCE = 64;
/** A bucket's quarantine keeps a thousand; a page is some 100 kB. */
const PAGE_MAX = 200;

/** The events of all buckets that lie in a quarantine, in the order of their age. */
export async function surveyQuarantine(store: QuarantineStore): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  for (let first = 0; first < BUCKETS; first += BUCKETS_AT_ONCE) {
    const buckets = Array.from({ length: Math.min(BUCKETS_AT_ONCE, BUCKETS - first) }, (_, n) => first + n);
    const found = await Promise.all(buckets.map(async (bucket) => readAll(store, bucket)));
    letters.push(...found.flat().map(describeEvent));
  }
  return letters.toSorted((a, b) => a.atMs - b.atMs);
}

async function readAll(store: QuarantineStore, bucket: number): Promise<OutboxEntry[]> {
  const entries: OutboxEntry[] = [];
  for (;;) {
    const page = await store.readQuarantine(bucket, PAGE_MAX, entries.at(-1)?.streamId);
    entries.push(...page);
    if (page.length < PAGE_MAX) return entries;
  }
}

export async function openEvent(
  store: QuarantineStore,
  at: { bucket: number; streamId: string },
): Promise<OpenedLetter | undefined> {
  const entry = await store.findQuarantined(at.bucket, at.streamId);
  return entry && { letter: describeEvent(entry), headers: {}, body: JSON.stringify(Object.fromEntries(entry.fields)) };
}

/** Whether it was there: a repeat finds it gone. */
export async function replayEvent(store: QuarantineStore, at: { bucket: number; streamId: string }): Promise<boolean> {
  const entry = await store.findQuarantined(at.bucket, at.streamId);
  if (!entry) return false;
  await store.putBack(entry);
  return true;
}

function describeEvent(entry: OutboxEntry): DeadLetter {
  const { bucket, streamId, fields } = entry;
  return {
    ref: formatEventRef(bucket, streamId),
    kind: 'event',
    topic: QUARANTINE,
    atMs: appendedAt(streamId),
    reason: reasonOf(entry),
    verification: fields.get('id') ?? '',
    origin: `outbox ${formatBucket(bucket)}`,
  };
}

/** The quarantine keeps an event as it was. What this version thinks of it is what its dispatcher would. */
function reasonOf(entry: OutboxEntry): string {
  try {
    composeEvent(entry);
    return 'this version can compose it: replay it';
  } catch (error) {
    return `cannot be composed (${error instanceof Error ? error.name : typeof error})`;
  }
}
