import { BaseError } from '@watchword/contracts';
import type { RawRecord } from '../driver.ts';
import type { Parts } from '../parts.ts';
import type { FollowedTable, FollowOptions } from '../port.ts';
import { followTable, ROWS_MAX } from './follow-table.ts';

/** Puts the following of a table together from the parts of a bus. `closing`: the bus is going away. */
export function follow<Row>(
  { driver, names, metrics, log }: Parts,
  { topic, parse, onTable }: FollowOptions<Row>,
  closing: AbortSignal,
): FollowedTable {
  const stopping = new AbortController();
  const known = Promise.withResolvers<'read' | 'missing' | 'stopped'>();
  let state: 'unknown' | 'current' | 'missing' | 'fault' = 'unknown';

  function skip(record: RawRecord, partition: number, reason: string): void {
    metrics.read(topic, 'skipped');
    log.warn({ topic, partition, offset: record.offset, reason }, 'a record of a table is skipped');
  }

  const following = followTable<Row>(
    {
      openReader: async () => driver.openReader([names.topic(topic)]),
      judge(record, partition) {
        if (record.value === null) return { outcome: 'none' };
        try {
          const row = parse({ ...record, topic, partition, value: record.value });
          metrics.read(topic, 'done');
          return row === undefined ? { outcome: 'none' } : { outcome: 'row', row };
        } catch (error) {
          skip(record, partition, reasonOf(error));
          return { outcome: 'skipped' };
        }
      },
      onFull: (record, partition) => skip(record, partition, `the table has ${ROWS_MAX} rows already`),
      onTable,
      onCurrent() {
        if (state === 'fault' || state === 'missing') log.info({ topic }, 'the table is followed');
        state = 'current';
        known.resolve('read');
      },
      onMissing() {
        if (state !== 'missing') log.warn({ topic }, 'the table’s topic is not there, or may not be described');
        state = 'missing';
        known.resolve('missing');
      },
      onFault(error) {
        if (state !== 'fault') log.warn({ topic, err: error }, 'the table cannot be read: what was last read counts');
        state = 'fault';
      },
      random: Math.random,
    },
    AbortSignal.any([closing, stopping.signal]),
  ).then(() => {
    state = 'unknown';
    known.resolve('stopped');
  });
  return {
    known: known.promise,
    isCurrent: () => state === 'current',
    async stop() {
      stopping.abort();
      await following;
    },
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof BaseError)) return error instanceof Error ? error.name : typeof error;
  return error.code === 'OTP_BUS_UNPARSABLE' ? error.message : error.code;
}
