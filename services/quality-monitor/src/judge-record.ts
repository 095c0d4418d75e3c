import { ATTEMPT_TOPIC, OUTCOME_TOPIC, RECEIPT_TOPIC, parseEvent } from '@watchword/contracts';
import { countAttempt, countOutcome, countReceipt, standing, type Counted, type Standing } from './count-event.ts';
import type { RecentIds } from './recent-ids.ts';

/** The topics that scores are made of. A wrong code says nothing of a provider, and a right one is told by its outcome. */
export const COUNTED_TOPICS: readonly string[] = [ATTEMPT_TOPIC, RECEIPT_TOPIC, OUTCOME_TOPIC];

/** A record of a counted topic. */
export interface CountedRecord {
  topic: string;
  /** Of the event: a repeat has the same. */
  id: string;
  /** By the broker's clock, ms: never going back within a partition. */
  timestampMs: number;
  value: Buffer;
}

/**
 * What a record adds to the counts, nothing where it is a repeat of one of the last ten minutes; it is remembered. Depends on the
 * record and on those before it in its partition alone, so whoever reads the partition comes to the same.
 *
 * @throws BaseError `OTP_BUS_UNPARSABLE`
 */
export function judgeRecord(record: CountedRecord, recent: RecentIds): Counted[] {
  const { topic, id, timestampMs } = record;
  const repeat = recent.has(id, timestampMs);
  recent.remember(id, timestampMs);
  switch (topic) {
    case ATTEMPT_TOPIC:
      return repeat ? [] : countAttempt(parseEvent(ATTEMPT_TOPIC, record.value));
    case OUTCOME_TOPIC:
      return repeat ? [] : countOutcome(parseEvent(OUTCOME_TOPIC, record.value));
    case RECEIPT_TOPIC: {
      const event = parseEvent(RECEIPT_TOPIC, record.value);
      const said = (word: Standing): string => `${event.attempt_id}|${word[0]}`;
      const before = (['delivered', 'undelivered'] as const).find((word) => recent.has(said(word), timestampMs));
      const word = standing(event.status);
      if (word) recent.remember(said(word), timestampMs);
      return repeat ? [] : countReceipt(event, before);
    }
    default:
      return [];
  }
}
