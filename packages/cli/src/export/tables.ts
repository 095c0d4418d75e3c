import {
  ATTEMPT_TOPIC,
  CHECK_TOPIC,
  OUTCOME_TOPIC,
  QUALITY_TOPIC,
  RECEIPT_TOPIC,
  parseEvent,
  type EventData,
  type EventTopic,
} from '@watchword/contracts';
import type { IncomingEvent } from '@watchword/bus';
import { columnsOf, type CellValue, type Column, type ColumnShape } from './column.ts';

/** A topic as a table. */
export interface ExportTable {
  topic: EventTopic;
  columns: readonly ColumnShape[];
  /** Fields that are left out, and why. */
  withheld: Readonly<Record<string, string>>;
  /**
   * An event as a row: one cell for each column.
   *
   * @throws BaseError OTP_BUS_UNPARSABLE for what is no such event
   */
  toRow(event: Pick<IncomingEvent, 'value' | 'envelope'>): CellValue[];
}

function defineTable<Topic extends EventTopic>(
  topic: Topic,
  columns: readonly Column<EventData<Topic>>[],
  withheld: Readonly<Record<string, string>> = {},
): ExportTable {
  return {
    topic,
    columns,
    withheld,
    toRow({ value, envelope }) {
      const data = parseEvent(topic, value);
      return columns.map(({ read }) => read(data, envelope.id));
    },
  };
}

const attempts = columnsOf<EventData<typeof ATTEMPT_TOPIC>>();
const receipts = columnsOf<EventData<typeof RECEIPT_TOPIC>>();
const checks = columnsOf<EventData<typeof CHECK_TOPIC>>();
const outcomes = columnsOf<EventData<typeof OUTCOME_TOPIC>>();
const quality = columnsOf<EventData<typeof QUALITY_TOPIC>>();

/**
 * The tables that `watchword export` writes, by the names of their files. A field that is added to an event must be added here, to its columns or to
 * what is withheld: a test holds the two against the events' schemas.
 */
export const EXPORT_TABLES = {
  attempts: defineTable(
    ATTEMPT_TOPIC,
    [
      attempts.eventId,
      ...attempts.text('verification_id', 'attempt_id', 'tenant', 'purpose'),
      ...attempts.text('provider', 'channel', 'country', 'operator'),
      ...attempts.integer('version', 'step', 'send', 'generation'),
      ...attempts.text('state', 'error', 'provider_code', 'provider_message_id', 'send_state'),
      ...attempts.time('claimed_at', 'settled_at'),
      ...attempts.flag('taken_over', 'revised', 'withdrawn'),
      ...attempts.money('price'),
      { name: 'decision_rule', type: 'text', fields: ['decision'], read: ({ decision }) => decision?.rule },
      attempts.json('decision'),
    ],
    { tag: 'made from the code: it is worth something to who has the pepper' },
  ),
  receipts: defineTable(RECEIPT_TOPIC, [
    receipts.eventId,
    ...receipts.text('verification_id', 'attempt_id', 'provider', 'channel', 'country', 'operator'),
    ...receipts.text('actual_operator', 'network_code'),
    ...receipts.integer('generation'),
    ...receipts.time('submitted_at'),
    ...receipts.text('status', 'previous', 'error'),
    ...receipts.flag('permanent', 'converted', 'withdrawn'),
    ...receipts.text('raw_status', 'raw_code', 'provider_message_id'),
    ...receipts.money('price'),
    ...receipts.time('occurred_at', 'received_at'),
  ]),
  checks: defineTable(CHECK_TOPIC, [
    checks.eventId,
    ...checks.text('verification_id', 'tenant', 'purpose'),
    ...checks.flag('valid'),
    ...checks.integer('version', 'generation', 'checks_used', 'checks_max'),
    ...checks.time('checked_at'),
  ]),
  outcomes: defineTable(
    OUTCOME_TOPIC,
    [
      outcomes.eventId,
      ...outcomes.text('verification_id', 'tenant', 'purpose', 'outcome'),
      ...outcomes.time('created_at', 'ended_at'),
      ...outcomes.integer('version', 'checks_used', 'attempts', 'generation'),
      ...outcomes.text('attempt_id', 'provider', 'channel', 'country', 'operator'),
      ...outcomes.time('submitted_at'),
      ...outcomes.text('receipt'),
      outcomes.json('withdrawn'),
    ],
    { approved_by: 'made from a key of the platform’s: of use for answering repeats only' },
  ),
  quality: defineTable(QUALITY_TOPIC, [
    quality.eventId,
    ...quality.time('minute'),
    ...quality.integer('revision'),
    ...quality.text('provider', 'channel', 'country', 'operator'),
    ...quality.integer('submitted', 'withdrawn', 'converted', 'delivered', 'undelivered'),
    quality.json('errors'),
    ...quality.number('conversion', 'conversion_low', 'conversion_high', 'receipt_rate'),
    ...quality.money('price'),
    ...quality.money('price_per_conversion'),
    ...quality.integer('call_p50_ms', 'call_p95_ms', 'conversion_p50_ms', 'conversion_p95_ms'),
    ...quality.number('score', 'score_n'),
    ...quality.text('breaker'),
    ...quality.flag('fake_receipts'),
  ]),
} as const satisfies Record<string, ExportTable>;
export type TableName = keyof typeof EXPORT_TABLES;
export const TABLE_NAMES = Object.keys(EXPORT_TABLES) as TableName[];
