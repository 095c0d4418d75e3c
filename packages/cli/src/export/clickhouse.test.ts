import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { EXPORT_TABLES } from './tables.ts';

const DDL = readFileSync(fileURLToPath(new URL('../../../../docs/analysts/clickhouse.sql', import.meta.url)), 'utf8');
/** Kafka's engine and ReplacingMergeTree see to repeats; the id is of no use there. */
const NOT_KEPT = ['event_id'];

function statement(beginning: string): string {
  const found = DDL.split(';').find((each) => each.includes(`${beginning} `));
  if (found === undefined) throw new Error(`there is no ${beginning}`);
  return found;
}

test.each([
  ['attempts', 'otp_attempt'],
  ['receipts', 'otp_receipt'],
  ['outcomes', 'otp_outcome'],
  ['quality', 'otp_quality'],
] as const)('ClickHouse’s tables have the columns of the export: %s', (name, table) => {
  const columns = EXPORT_TABLES[name].columns.map((column) => column.name).filter((each) => !NOT_KEPT.includes(each));
  const [, kept = ''] = /\(\n([\s\S]*?)\n\)\nENGINE/.exec(statement(`TABLE IF NOT EXISTS watchword.${table}`)) ?? [];
  expect(new Set(kept.split('\n').map((line) => line.trim().split(' ')[0]))).toEqual(new Set(columns));
  const view = statement(`MATERIALIZED VIEW IF NOT EXISTS watchword.${table}_view`);
  expect(new Set([...view.matchAll(/ AS (\w+),?$/gm)].map(([, column]) => column))).toEqual(new Set(columns));
  expect(statement(`TABLE IF NOT EXISTS watchword.${table}_queue`)).toContain(`'${EXPORT_TABLES[name].topic}'`);
});
