import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import type { CellValue, ColumnShape, ColumnType } from './column.ts';
import { toMillionths } from './decimal.ts';

/** Rows that are held in memory and written together: some 10 MB, and enough for a column to be packed well. */
const GROUP_ROWS_MAX = 10_000;

/** A Parquet file that is not there until it is finished. Writing is synchronous: what is held is one group of rows. */
export interface ParquetFile {
  /** @throws of `node:fs`, when a group of rows cannot be written */
  append(row: readonly CellValue[]): void;
  /** Writes what is left and puts the file in its place, over an older one, at one stroke. @returns how many rows it has */
  finish(): number;
  /** Leaves an older file as it is. */
  discard(): void;
}

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];

const PARQUET_TYPES: Record<ColumnType, Omit<SchemaElement, 'name'>> = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  json: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  integer: { type: 'INT64' },
  number: { type: 'DOUBLE' },
  flag: { type: 'BOOLEAN' },
  time: { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' },
  decimal: { type: 'INT64', converted_type: 'DECIMAL', precision: 18, scale: 6 },
};

/** @throws of `node:fs`, when there can be no such file */
export function createParquetFile(path: string, columns: readonly ColumnShape[]): ParquetFile {
  // of this process alone: another export into the same folder does not write into it
  const partial = `${path}.${process.pid}.partial`;
  const writer = fileWriter(partial);
  const parquet = new ParquetWriter({
    writer,
    schema: [
      { name: 'root', num_children: columns.length },
      ...columns.map(({ name, type }) => ({ name, repetition_type: 'OPTIONAL' as const, ...PARQUET_TYPES[type] })),
    ],
    createdBy: 'watchword',
  });
  const group = columns.map((): unknown[] => []);
  let rows = 0;

  function writeGroup(): void {
    const columnData = columns.map(({ name }, at) => ({ name, data: group[at]! }));
    void parquet.write({ columnData, rowGroupSize: GROUP_ROWS_MAX });
    for (const cells of group) cells.length = 0;
  }

  return {
    append(row) {
      for (const [at, { type }] of columns.entries()) group[at]!.push(toParquet(type, row[at]));
      rows++;
      if (group[0]!.length >= GROUP_ROWS_MAX) writeGroup();
    },
    finish() {
      if (group[0]!.length > 0) writeGroup();
      void parquet.finish();
      const file = openSync(partial, 'r+');
      fsyncSync(file);
      closeSync(file);
      renameSync(partial, path);
      return rows;
    },
    discard() {
      rmSync(partial, { force: true });
    },
  };
}

function toParquet(type: ColumnType, value: CellValue): unknown {
  if (value === undefined) return undefined;
  if (type === 'decimal') return toMillionths(String(value));
  return type === 'integer' || type === 'time' ? BigInt(value) : value;
}
