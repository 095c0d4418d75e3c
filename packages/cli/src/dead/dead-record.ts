import type { BareRecord, IncomingRecord } from '@watchword/bus';
import { CHANNELS, deliveryQueueName, parseVerificationId, type Channel } from '@watchword/contracts';
import { parseDeliveryJob, type DeliveryJob } from '@watchword/queues';
import { formatRecordRef, type DeadLetter } from './letter.ts';

/** What `packages/bus` and the delivery workers add to a dead letter. */
const OWN_HEADERS = new Set([
  'x-reason',
  'x-original-topic',
  'x-original-partition',
  'x-original-offset',
  'x-original-queue',
  'x-original-job',
  'x-tries',
  'x-withheld',
]);
/** A record of a dead-letter topic that says which other one of its partition was put back. */
const REPLAYED_HEADER = 'x-replayed';

/** The offset that a marker names, or undefined where the record is a dead letter. */
export function readMarker({ headers }: IncomingRecord): string | undefined {
  return headers[REPLAYED_HEADER];
}

export function createMarker(
  topic: string,
  { partition, offset }: Pick<IncomingRecord, 'partition' | 'offset'>,
): BareRecord {
  return { topic, key: '', value: '', headers: { [REPLAYED_HEADER]: `${partition}/${offset}` } };
}

/** Undefined where the record was put there by somebody else: it does not say where it came from. */
export function describeRecord(record: IncomingRecord): DeadLetter | undefined {
  const { headers, topic, partition, offset } = record;
  const original = headers['x-original-topic'];
  const queue = headers['x-original-queue'];
  if (original === undefined && queue === undefined) return undefined;
  const obstacle = findObstacle(record);
  return {
    ref: formatRecordRef(topic, partition, offset),
    kind: queue === undefined ? 'record' : 'job',
    topic,
    atMs: record.timestampMs,
    reason: headers['x-reason'] ?? 'not told',
    // a key of another form may be anything, an address too
    verification: parseVerificationId(record.key) ? record.key : '',
    origin: queue ?? `${original} ${headers['x-original-partition']}@${headers['x-original-offset']}`,
    ...(obstacle !== undefined && { obstacle }),
  };
}

function findObstacle(record: IncomingRecord): string | undefined {
  if (record.headers['x-withheld'] !== undefined)
    return 'only its place was kept, since it may hold addresses in clear: ask its sender to send it again';
  if (record.headers['x-original-queue'] === undefined) return undefined;
  return toJob(record) ? undefined : 'no job can be made of it: its verification orders its send again by itself';
}

/** The record as it was, for the topic that it came from. */
export function toOriginal({ headers, key, value }: IncomingRecord): BareRecord {
  const kept = Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name));
  return { topic: headers['x-original-topic']!, key, value, headers: Object.fromEntries(kept) };
}

/** The job as it was, and the channel whose queue it came from. */
export function toJob({ headers, value }: IncomingRecord): { channel: Channel; job: DeliveryJob } | undefined {
  const channel = CHANNELS.find((each) => deliveryQueueName(each) === headers['x-original-queue']);
  const job = parseDeliveryJob(parseJson(value));
  return channel && job && { channel, job };
}

function parseJson(value: Buffer): unknown {
  try {
    return JSON.parse(value.toString());
  } catch {
    return undefined;
  }
}
